import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import { isRunning } from '../support/processes.ts'
import { ask, Project, PUPPET, serviceOf } from '../support/project.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function lineFolders(project: Project): readonly string[] {
  return readdirSync(project.socketDir).filter((name) => name.startsWith('l-'))
}

test(
  'a runtime that was killed leaves a blocked process behind, which the next one ends before it needs the port',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const project = new Project(t, {
      server: { port: await freePort() },
      services: { gateway: { path: PUPPET, isolation: 'process', workers: 2 } },
    })
    const running = await project.start()
    const view = await running.ps()
    const pids = serviceOf(view, 'gateway').workers.map(({ pid }) => pid ?? 0)
    // Never answered.
    await assert.rejects(fetch(`${view.runtime.url}/block`, { method: 'POST', signal: AbortSignal.timeout(1000) }))
    process.kill(view.runtime.pid, 'SIGKILL')
    await running.cli.ended(10_000)
    assert.equal(lineFolders(project).length, 1)
    const again = await project.start()
    assert.equal((await ask(await again.url())).status, 200)
    assert.deepEqual(pids.filter(isRunning), [])
    // Of the killed runtime there is no trace.
    assert.equal(lineFolders(project).length, 1)
    assert.equal((await project.run('stop')).code, 0)
    assert.deepEqual(lineFolders(project), [])
  },
)
