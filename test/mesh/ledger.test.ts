import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { createLedger, Ledger, nextOrdinal } from '../../src/mesh/ledger.ts'
import { assertAgreement, assertTakenOrRevoked, startRace, TAKE_ALL } from './ledger-contract.ts'

function pair() {
  const shared = createLedger()
  return { shared, caller: new Ledger(shared, 'caller'), target: new Ledger(shared, 'target') }
}

test('ledger: each frame is either taken or revoked, in any order of sending, taking and revoking', () => {
  assertTakenOrRevoked(() => ({ ...pair(), close: () => {} }), { maxLength: 200 })
})

test('ledger: there is nothing to revoke when all is taken, and no second time before the first is noticed', () => {
  const { caller, target } = pair()
  assert.equal(caller.revoke(0), false)
  assert.equal(target.take(), true)
  assert.equal(caller.revoke(2), false)
  assert.equal(caller.revoke(4), true)
  assert.equal(caller.revoke(6), false)
  assert.equal(target.take(), false)
  assert.equal(target.take(), true)
  assert.deepEqual([caller.wasTaken(2), caller.wasTaken(4), caller.wasTaken(6)], [true, false, true])
})

test('ledger: ordinals wrap', () => {
  const { shared, caller, target } = pair()
  const before = 0x7fff_fffc
  new Int32Array(shared)[0] = before
  const ordinals = [nextOrdinal(before)]
  for (let i = 0; i < 3; i++) ordinals.push(nextOrdinal(ordinals.at(-1) ?? 0))
  assert.equal(target.take(), true)
  assert.equal(caller.revoke(ordinals[2] ?? 0), true)
  assert.deepEqual([target.take(), target.take(), target.take()], [false, false, true])
  assert.deepEqual(
    ordinals.map((ordinal) => caller.wasTaken(ordinal)),
    [true, false, false, true],
  )
})

test('ledger: two threads that take and revoke at the same time agree on every frame', async () => {
  const shared = createLedger()
  const race = startRace(200_000)
  const module = new URL('../../src/mesh/ledger.ts', import.meta.url).href
  const code = `(async () => {
    const { workerData, parentPort } = require('node:worker_threads')
    const { Ledger } = await import(workerData.module)
    const ledger = new Ledger(workerData.shared, 'target')
    ${TAKE_ALL}
  })()`
  const worker = new Worker(code, { eval: true, workerData: { ...race, shared, module } })
  await assertAgreement(new Ledger(shared, 'caller'), { race, done: once(worker, 'message') })
  await worker.terminate()
})
