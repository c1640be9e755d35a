import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServiceStep } from '../../../src/model/reload.ts'
import { Churn } from '../../support/churn.ts'
import { generations, PUPPET, serviceOf } from '../../support/project.ts'

const RELOADS_WITHIN_MS = 60_000

test('reloads that add a service, change a number of workers and a variable, and remove a service lose no request', async (t) => {
  const churn = await Churn.start(t)
  const reload = async (change: Parameters<Churn['edit']>[0]): Promise<ReloadDocument> => {
    churn.edit(change)
    const ended = await churn.project.launch('reload', '--json').ended(RELOADS_WITHIN_MS)
    assert.equal(ended.code, 0, ended.stderr + ended.stdout)
    await churn.swing()
    return JSON.parse(ended.stdout) as ReloadDocument
  }

  const added = await reload((file) => {
    file.services['mailer'] = { path: PUPPET, workers: 2, dependsOn: ['auth'] }
  })
  assert.deepEqual([added.schema, added.applied, added.unchanged], ['meshrt.reload/v1', true, ['auth', 'gateway']])
  assert.deepEqual(added.steps, [{ kind: 'added', service: 'mailer', workers: 2 }])
  assert.equal((await churn.running.service('mailer')).ready, 2, 'it is ready when the reload is done')

  await reload((file) => {
    for (const id of ['gateway', 'auth']) (file.services[id] ??= {})['workers'] = 3
  })
  await reload((file) => {
    file['env'] = { LEVEL: 'debug' }
  })
  const view = await churn.running.ps()
  for (const id of ['gateway', 'auth']) assert.deepEqual(generations(serviceOf(view, id)), [2, 2, 2], 'each worker once')
  assert.deepEqual(generations(serviceOf(view, 'mailer')), [2, 2])

  await reload((file) => {
    delete file.services['mailer']
  })
  assert.ok(!(await churn.running.ps()).services.some(({ id }) => id === 'mailer'))
  await assertNothingLost(churn)
  assert.equal(churn.events('reload.applied').length, 4)
  assert.deepEqual(churn.events('service.degraded'), [], 'a reload is no trouble')
})

test('a reload that fails halfway is undone, and no request notices', async (t) => {
  const churn = await Churn.start(t, { gateway: { restart: { startAttempts: 1 } } })
  churn.edit((file) => {
    file.services['mailer'] = { path: PUPPET }
    Object.assign((file.services['auth'] ??= {}), { workers: 3, env: { LEVEL: 'debug' }, dependsOn: ['mailer'] })
    Object.assign((file.services['gateway'] ??= {}), { env: { LEVEL: 'debug' } })
  })
  churn.flags('gateway', { failAtLoad: 'no licence' })
  const failed = await churn.project.launch('reload').ended(RELOADS_WITHIN_MS)
  assert.equal(failed.code, 1, failed.stderr + failed.stdout)
  assert.match(failed.stdout, /^\+ mailer {2}2 workers\n~ auth [^]*~ gateway/)
  assert.match(failed.stderr, /MESHRT_RELOAD_FAILED/)
  const undone = 'undone: gateway as before, auth as before, mailer removed again; everything is as it was before'
  assert.ok(failed.stderr.includes(`no licence; ${undone}`), failed.stderr)
  await churn.swing()
  const view = await churn.running.ps()
  assert.deepEqual(
    view.services.map(({ id, state, ready, desired }) => [id, state, ready, desired]),
    [
      ['gateway', 'running', 2, 2],
      ['auth', 'running', 2, 2],
    ],
  )
  assert.deepEqual(generations(serviceOf(view, 'gateway')), [1, 1], 'the entrypoint was never replaced')
  assert.deepEqual(generations(serviceOf(view, 'auth')), [3, 3], 'there and back')

  churn.flags('gateway', {})
  const mended = await churn.project.launch('reload').ended(RELOADS_WITHIN_MS)
  assert.equal(mended.code, 0, mended.stderr)
  assert.deepEqual(generations(await churn.running.service('mailer')), [2, 2], 'a service that comes back goes on counting')
  await assertNothingLost(churn)
})

interface ReloadDocument {
  readonly schema: string
  readonly applied: boolean
  readonly steps: readonly ServiceStep[]
  readonly unchanged: readonly string[]
}

async function assertNothingLost(churn: Churn): Promise<void> {
  const { violations, ...counts } = await churn.verdict()
  assert.deepEqual(violations.slice(0, 5), [])
  assert.equal(counts.lost + counts.unseen + counts.repeated, 0, JSON.stringify(counts))
}
