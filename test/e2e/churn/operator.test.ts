import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Churn } from '../../support/churn.ts'
import { generations } from '../../support/project.ts'

test('rolling restarts lose no request and handle each POST exactly once', async (t) => {
  const churn = await Churn.start(t)
  for (const service of ['auth', 'gateway'] as const) {
    await churn.restart(service)
    await churn.swing()
  }
  await assertNothingLost(churn)
  for (const service of ['auth', 'gateway']) {
    assert.deepEqual(generations(await churn.running.service(service)), [2, 2], `each worker of ${service} once`)
  }
})

test('workers that refuse to stop are ended at the deadline, and lose no request', async (t) => {
  const stubborn = { config: { refuseStop: true }, gracefulShutdown: { service: '1s' } }
  const churn = await Churn.start(t, { auth: stubborn })
  await churn.restart('auth')
  await assertNothingLost(churn)
  const late = churn.events('worker.exited').filter(({ exit }) => exit.kind === 'killed' && exit.reason === 'stop-timeout')
  assert.equal(late.length, 2)
})

async function assertNothingLost(churn: Churn): Promise<void> {
  const { violations, ...counts } = await churn.verdict()
  assert.deepEqual(violations.slice(0, 5), [])
  assert.equal(counts.lost + counts.unseen + counts.repeated, 0, JSON.stringify(counts))
}
