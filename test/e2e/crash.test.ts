import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exit } from '../../src/model/exit.ts'
import type { RuntimeView, WorkerView } from '../../src/model/view.ts'
import { ask, Project, PUPPET, Running, serviceOf } from '../support/project.ts'

function twoPuppets(extra: object = {}): object {
  return {
    entrypoint: 'gateway',
    server: { port: 0 },
    services: { gateway: { path: PUPPET }, auth: { path: PUPPET, workers: 2, ...extra } },
  }
}

test('a worker that ends with code 3 is restarted alone, and ps and logs tell why', async (t) => {
  const project = new Project(t, twoPuppets())
  const running = await project.start()
  await relay(running, '/exit?code=3')

  const view = await running.until('auth has recovered from a crash', (now) => hasRecovered(now, 1))
  const { crashed, sibling } = workersOf(view)
  assert.deepEqual(crashed.lastExit?.exit, { kind: 'crashed', code: 3 } satisfies Exit)
  assert.equal(crashed.generation, (sibling.generation ?? 0) + 1)
  assert.equal(sibling.lastExit, null)
  assert.equal(sibling.restarts, 0)

  const logs = await project.run('logs', 'auth')
  assert.equal(logs.code, 0, logs.stderr)
  assert.ok(logs.stdout.includes('puppet exits with code 3'), logs.stdout)
})

test('a worker that dies of an error nobody catches is restarted, and ps keeps its error', async (t) => {
  const running = await new Project(t, twoPuppets()).start()
  await relay(running, '/throw')
  const view = await running.until('auth has recovered from a crash', (now) => hasRecovered(now, 1))
  const exit = workersOf(view).crashed.lastExit?.exit
  assert.equal(exit?.kind, 'crashed')
  assert.equal(exit.kind === 'crashed' && exit.error?.message, 'puppet told to throw')
})

test('a service that crashes for ever is quarantined, the rest keeps serving', async (t) => {
  const restart = { delay: '10ms', maxDelay: '20ms', maxAttempts: 2, probeAfter: 0 }
  const project = new Project(t, twoPuppets({ restart, config: { crashAfterMs: 50 } }))
  const running = new Running(project, project.launch('start'))
  const view = await running.until('both slots of auth are quarantined', (now) =>
    serviceOf(now, 'auth').workers.every((worker) => worker.state === 'quarantined'),
  )
  assert.equal(serviceOf(view, 'auth').state, 'failed')
  assert.equal(serviceOf(view, 'gateway').state, 'running')
  assert.equal((await ask(`${await running.url()}/`)).status, 200)
})

/** The request that breaks the worker fails, one way or another; what matters comes after it. */
async function relay(running: Running, path: string): Promise<void> {
  const target = encodeURIComponent(`http://auth.plt.local${path}`)
  await ask(`${await running.url()}/relay?to=${target}`, { method: 'POST' })
}

function hasRecovered(view: RuntimeView, restarts: number): boolean {
  const auth = serviceOf(view, 'auth')
  return auth.restarts >= restarts && auth.ready === auth.desired && auth.state === 'running'
}

function workersOf(view: RuntimeView): { readonly crashed: WorkerView; readonly sibling: WorkerView } {
  const [first, second] = serviceOf(view, 'auth').workers
  assert.ok(first && second)
  return first.lastExit ? { crashed: first, sibling: second } : { crashed: second, sibling: first }
}
