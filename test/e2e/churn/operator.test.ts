import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Churn } from '../../support/churn.ts'
import { generations } from '../../support/project.ts'

const ROUNDS = 2
/** Between 85 %, where a worker is replaced, and 100 % of 64 MB, where it is ended. */
const LEAKED_BYTES = 0.88 * 64 * 1024 * 1024

test('rolling restarts lose no request and handle each POST exactly once', async (t) => {
  const churn = await Churn.start(t)
  for (let round = 0; round < ROUNDS; round++) {
    for (const service of ['auth', 'gateway'] as const) {
      await churn.restart(service)
      await churn.swing()
    }
  }
  await assertNothingLost(churn)
  for (const service of ['auth', 'gateway']) {
    assert.deepEqual(
      generations(await churn.running.service(service)),
      [1 + ROUNDS, 1 + ROUNDS],
      `each worker of ${service} once per restart`,
    )
  }
})

test('workers that refuse to stop are ended at the deadline, and lose no request', async (t) => {
  const stubborn = { config: { refuseStop: true }, gracefulShutdown: { service: '1s' } }
  const churn = await Churn.start(t, { auth: stubborn, gateway: stubborn })
  await churn.restart('auth')
  await churn.restart('gateway')
  await assertNothingLost(churn)
  const late = churn.events('worker.exited').filter(({ exit }) => exit.kind === 'killed' && exit.reason === 'stop-timeout')
  assert.equal(late.length, 4)
})

test('workers that leak are replaced before they die of it, and lose no request', async (t) => {
  const limits = { heap: '64mb' }
  const churn = await Churn.start(t, { auth: { limits }, gateway: { limits } })
  for (const service of ['auth', 'gateway'] as const) {
    for (let round = 1; round <= ROUNDS; round++) {
      const replaced = new AbortController()
      const finished = churn.happened(round, 'replacement.finished', ({ slot }) => slot.service === service)
      finished.then(
        () => replaced.abort(),
        () => replaced.abort(),
      )
      // Part of what was leaked may have been garbage, and each worker gets its share.
      while (!replaced.signal.aborted) {
        await churn.order(service, `/leak?upToBytes=${LEAKED_BYTES}`)
        await churn.swing(2)
      }
      await finished
    }
  }
  await assertNothingLost(churn)
  const reasons = churn.events('replacement.started').map(({ reason }) => reason)
  assert.ok(reasons.length >= 2 * ROUNDS && reasons.every((reason) => reason === 'heap'), reasons.join(', '))
})

async function assertNothingLost(churn: Churn): Promise<void> {
  const { violations, ...counts } = await churn.verdict()
  assert.deepEqual(violations.slice(0, 5), [])
  assert.equal(counts.lost + counts.unseen + counts.repeated, 0, JSON.stringify(counts))
}
