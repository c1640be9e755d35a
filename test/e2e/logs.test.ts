import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, Project, PUPPET, serviceOf } from '../support/project.ts'

test('logs -f survives a crash of the service and shows its last lines, which --previous shows again', async (t) => {
  const project = new Project(t, { server: { port: 0 }, restart: { delay: '1ms' }, services: { web: { path: PUPPET } } })
  const running = await project.start()
  const follow = project.launch('logs', '-f', 'web')
  const grep = project.launch('logs', '-f', '--grep', '1[02] of', '--json')
  const events = project.launch('events', '-f', 'web', '--type', 'worker.exited')
  const url = await running.url()
  await ask(`${url}/flood?lines=12`)
  await Promise.all([follow.waitFor('flood line 12 of 12'), grep.waitFor('flood line 12 of 12')])
  await ask(`${url}/exit?code=3`).catch(() => {})
  await Promise.all([follow.waitFor('puppet exits with code 3'), events.waitFor('code 3')])
  await running.until('it is back', (view) => serviceOf(view, 'web').workers[0]?.generation === 2)
  await ask(`${url}/flood?lines=13`)
  await Promise.all([follow.waitFor('flood line 13 of 13'), grep.waitFor('flood line 12 of 13')])
  for (const stream of [follow, grep, events]) {
    stream.kill('SIGINT')
    assert.equal((await stream.ended()).code, 0)
  }
  const matching = grep.stdout.trim().split('\n').map((line) => (JSON.parse(line) as { text: string }).text) // prettier-ignore
  assert.deepEqual(matching, ['flood line 10 of 12', 'flood line 12 of 12', 'flood line 10 of 13', 'flood line 12 of 13'])
  assert.equal(events.stdout.trim().split('\n').length, 1, events.stdout)

  const previous = await project.run('logs', '--previous', '--level', 'error')
  assert.match(previous.stdout, /puppet exits with code 3/)
  assert.doesNotMatch(previous.stdout, /flood/)
  assert.doesNotMatch((await project.run('logs', '--previous')).stdout, /of 13/)
})
