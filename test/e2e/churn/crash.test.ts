import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exit } from '../../../src/model/exit.ts'
import { Churn } from '../../support/churn.ts'

const WORKERS = 3
/** A test sees many deaths in a short time, each kind once in each service, and nobody is replaced for being busy. */
const restart = { delay: '20ms', maxDelay: '50ms', maxAttempts: 100, maxPerHour: 100 }
const limits = { heap: '32mb' }
const health = { interval: '100ms', gracePeriod: 0, blockedAfter: '1s', maxELU: 0 }

interface Death {
  readonly path: string
  readonly kinds: readonly Exit['kind'][]
}

const DEATHS: readonly Death[] = [
  { path: '/throw', kinds: ['crashed'] },
  { path: '/exit?code=3', kinds: ['crashed'] },
  { path: '/exit?code=0', kinds: ['completed'] },
  { path: '/reject', kinds: ['crashed'] },
  { path: '/block', kinds: ['killed'] },
  // Whichever limit is reached first: V8's or the runtime's.
  { path: '/gobble', kinds: ['out-of-memory', 'killed'] },
]

for (const service of ['auth', 'gateway'] as const) {
  test(`when workers of the ${service} die or block, only what they had taken fails, at once`, async (t) => {
    const churn = await Churn.start(t, { runtime: { restart, workers: WORKERS }, [service]: { limits, health } })
    for (const [index, { path }] of DEATHS.entries()) {
      await churn.order(service, path)
      await churn.swing(5)
      await recovered(churn, service, index + 1)
    }
    const { violations, ...counts } = await churn.verdict()
    assert.deepEqual(violations.slice(0, 5), [])
    const exits = churn.events('worker.exited').filter(({ exit }) => exit.kind !== 'stopped')
    assert.deepEqual(exits.map(({ worker }) => worker.service), DEATHS.map(() => service)) // prettier-ignore
    for (const [index, { exit }] of exits.entries()) {
      const { path, kinds } = DEATHS[index] ?? { path: 'nothing', kinds: [] }
      assert.ok(kinds.includes(exit.kind), `after ${path}: ${JSON.stringify(exit)}`)
    }
    t.diagnostic(JSON.stringify(counts))
  })
}

/** As many workers became ready as had been started and have died. */
function recovered(churn: Churn, service: string, deaths: number): Promise<void> {
  return churn.happened(WORKERS + deaths, 'worker.ready', ({ worker }) => worker.service === service)
}
