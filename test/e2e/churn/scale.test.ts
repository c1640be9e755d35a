import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Churn } from '../../support/churn.ts'
import { generations, serviceOf } from '../../support/project.ts'

const SERVICES = ['gateway', 'auth'] as const

test('scaling 2 → 7 → 3 → 4, of the entrypoint and behind it, loses no request and handles each POST exactly once', async (t) => {
  const churn = await Churn.start(t)
  for (const workers of [7, 3, 4]) {
    const scaled = await churn.project.launch('scale', ...SERVICES.map((id) => `${id}=${workers}`)).ended(60_000)
    assert.equal(scaled.code, 0, scaled.stderr)
    const view = await churn.running.ps()
    for (const id of SERVICES) {
      const { state, ready, desired, workers: rows } = serviceOf(view, id)
      assert.deepEqual([state, ready, desired], ['running', workers, workers])
      const slots = Array.from({ length: workers }, (_, slot) => slot)
      assert.deepEqual(rows.map(({ slot }) => slot), slots) // prettier-ignore
    }
    await churn.swing()
  }
  await assertNothingLost(churn)
  assert.deepEqual(generations(await churn.running.service('gateway')), [1, 1, 1, 2], 'a slot that comes back goes on counting')
  assert.deepEqual(churn.events('service.degraded'), [], 'a change of the number is no trouble')
  const sizes = churn.events('pool.scaled').filter(({ service }) => service === 'auth')
  assert.deepEqual(
    sizes.map(({ from, to, reason }) => [from, to, reason]),
    [
      [2, 7, 'by hand'],
      [7, 3, 'by hand'],
      [3, 4, 'by hand'],
    ],
  )
})

test('rollouts with maxSurge 2, with maxSurge 0, and with settle lose no request', async (t) => {
  const churn = await Churn.start(t, {
    runtime: { workers: 3, rollout: { maxSurge: 2, settle: '300ms' } },
    auth: { rollout: { maxSurge: 0, maxUnavailable: 1 } },
  })
  for (const service of SERVICES) {
    await churn.restart(service)
    await churn.swing()
  }
  await assertNothingLost(churn)
  for (const id of SERVICES) assert.deepEqual(generations(await churn.running.service(id)), [2, 2, 2], 'each worker once')
  const steps = churn.events('rollout.progressed').map(({ worker, done, workers }) => `${worker.service} ${done}/${workers}`)
  assert.deepEqual(
    steps,
    SERVICES.flatMap((id) => [1, 2, 3].map((done) => `${id} ${done}/3`)),
  )
})

async function assertNothingLost(churn: Churn): Promise<void> {
  const { violations, ...counts } = await churn.verdict()
  assert.deepEqual(violations.slice(0, 5), [])
  assert.equal(counts.lost + counts.unseen + counts.repeated, 0, JSON.stringify(counts))
}
