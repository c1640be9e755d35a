import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exit } from '../../src/model/exit.ts'
import { Churn } from '../support/churn.ts'
import { generations, serviceOf } from '../support/project.ts'

const isolation = 'process'

test('rolling and scaling workers that are processes lose no request and handle each POST exactly once', async (t) => {
  const churn = await Churn.start(t, { gateway: { isolation }, auth: { isolation } })
  for (const service of ['auth', 'gateway'] as const) {
    await churn.restart(service)
    await churn.swing()
  }
  for (const workers of [4, 2]) {
    const scaled = await churn.project.launch('scale', `gateway=${workers}`, `auth=${workers}`).ended(60_000)
    assert.equal(scaled.code, 0, scaled.stderr)
    await churn.swing()
  }
  const { violations, ...counts } = await churn.verdict()
  assert.deepEqual(violations.slice(0, 5), [])
  assert.equal(counts.lost + counts.unseen + counts.repeated, 0, JSON.stringify(counts))
  for (const id of ['gateway', 'auth']) assert.deepEqual(generations(await churn.running.service(id)), [2, 2], `each worker of ${id} once`)
})

const WORKERS = 3
const restart = { delay: '20ms', maxDelay: '50ms', maxAttempts: 100, maxPerHour: 100 }
const health = { interval: '100ms', gracePeriod: 0, blockedAfter: '1s', maxELU: 0 }

interface Death {
  readonly name: string
  readonly cause: (churn: Churn, service: 'auth' | 'gateway') => Promise<void>
  readonly kinds: readonly Exit['kind'][]
}

const order = (path: string, kinds: Death['kinds']): Death => ({ name: path, cause: (churn, service) => churn.order(service, path), kinds })

const DEATHS: readonly Death[] = [
  order('/throw', ['crashed']),
  order('/exit?code=3', ['crashed']),
  {
    name: 'SIGKILL from outside',
    cause: async (churn, service) => {
      const [worker] = serviceOf(await churn.running.ps(), service).workers
      process.kill(worker?.pid ?? 0, 'SIGKILL')
    },
    kinds: ['crashed'],
  },
  order('/block', ['killed']),
  // Whichever limit is reached first: V8's or the runtime's.
  order('/gobble', ['out-of-memory', 'killed']),
]

for (const service of ['auth', 'gateway'] as const) {
  test(`when processes of the ${service} die or block, only what they had taken fails, at once`, async (t) => {
    const own = { isolation, limits: { heap: '64mb' }, health }
    const churn = await Churn.start(t, { runtime: { restart, workers: WORKERS }, [service]: own })
    for (const [index, { cause }] of DEATHS.entries()) {
      await cause(churn, service)
      await churn.swing(5)
      await churn.happened(WORKERS + index + 1, 'worker.ready', ({ worker }) => worker.service === service)
    }
    const { violations, ...counts } = await churn.verdict()
    assert.deepEqual(violations.slice(0, 5), [])
    const exits = churn.events('worker.exited').filter(({ exit }) => exit.kind !== 'stopped')
    for (const [index, { exit }] of exits.entries()) {
      const { name, kinds }: Pick<Death, 'name' | 'kinds'> = DEATHS[index] ?? { name: 'nothing', kinds: [] }
      assert.ok(kinds.includes(exit.kind), `after ${name}: ${JSON.stringify(exit)}`)
    }
    assert.equal(exits.length, DEATHS.length)
    t.diagnostic(JSON.stringify(counts))
  })
}
