import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exit } from '../../../src/model/exit.ts'
import { formatWorkerId } from '../../../src/model/ids.ts'
import { Churn } from '../../support/churn.ts'

const ROUNDS = 2
const WORKERS = 3
/** A test sees many deaths in a short time. */
const restart = { delay: '20ms', maxDelay: '50ms', maxAttempts: 100, maxPerHour: 100 }
const limits = { heap: '32mb' }

interface Death {
  readonly path: string
  readonly kinds: readonly Exit['kind'][]
}

const DEATHS: readonly Death[] = [
  { path: '/throw', kinds: ['crashed'] },
  { path: '/exit?code=3', kinds: ['crashed'] },
  { path: '/exit?code=0', kinds: ['completed'] },
  { path: '/reject', kinds: ['crashed'] },
  // Whichever limit is reached first: V8's or the runtime's.
  { path: '/gobble', kinds: ['out-of-memory', 'killed'] },
]

for (const service of ['auth', 'gateway'] as const) {
  test(`when workers of the ${service} die, only what they had taken fails, at once`, async (t) => {
    const churn = await Churn.start(t, { runtime: { restart, workers: WORKERS }, [service]: { limits } })
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, { path }] of DEATHS.entries()) {
        await churn.order(service, path)
        await churn.swing(5)
        await recovered(churn, service, round * DEATHS.length + index + 1)
      }
    }
    const { violations, ...counts } = await churn.verdict()
    assert.deepEqual(violations.slice(0, 5), [])
    const exits = churn.events('worker.exited').filter(({ exit }) => exit.kind !== 'stopped')
    assert.ok(exits.every(({ worker }) => worker.service === service))
    const expected = Array.from({ length: ROUNDS }, () => DEATHS).flat()
    assert.equal(exits.length, expected.length)
    for (const [index, { worker, exit }] of exits.entries()) {
      const { path, kinds } = expected[index] ?? { path: 'nothing', kinds: [] }
      assert.ok(kinds.includes(exit.kind), `${formatWorkerId(worker)} ended after ${path}: ${JSON.stringify(exit)}`)
    }
    t.diagnostic(JSON.stringify(counts))
  })

  test(`when workers of the ${service} block, the others serve on until they are replaced`, async (t) => {
    const health = { interval: '100ms', gracePeriod: 0, blockedAfter: '1s' }
    const churn = await Churn.start(t, { runtime: { restart, workers: WORKERS }, [service]: { health } })
    for (let round = 1; round <= ROUNDS; round++) {
      const blocked = churn.order(service, '/block')
      await recovered(churn, service, round)
      await blocked
    }
    const { violations, ...counts } = await churn.verdict()
    assert.deepEqual(violations.slice(0, 5), [])
    const killed = churn.events('worker.exited').filter(({ exit }) => exit.kind === 'killed' && exit.reason === 'blocked')
    assert.equal(killed.length, ROUNDS)
    t.diagnostic(JSON.stringify(counts))
  })
}

/** As many workers became ready as had been started and have died. */
function recovered(churn: Churn, service: string, deaths: number): Promise<void> {
  return churn.happened(WORKERS + deaths, 'worker.ready', ({ worker }) => worker.service === service)
}
