import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { createLedger, Ledger, nextOrdinal } from '../../src/mesh/ledger.ts'

function pair() {
  const shared = createLedger()
  return { shared, caller: new Ledger(shared, 'caller'), target: new Ledger(shared, 'target') }
}

test('ledger: each frame is either taken or revoked, in any order of sending, taking and revoking', () => {
  const moves = fc.array(fc.constantFrom('send', 'send', 'take', 'take', 'revoke'), { maxLength: 200 })
  fc.assert(
    fc.property(moves, (all) => {
      const { caller, target } = pair()
      const sent: { ordinal: number; revoked: boolean }[] = []
      let last = 0
      let reached = 0
      for (const move of [...all, ...all.map(() => 'take')]) {
        if (move === 'send') sent.push({ ordinal: (last = nextOrdinal(last)), revoked: false })
        else if (move === 'revoke') {
          if (!caller.revoke(last)) continue
          for (const frame of sent) frame.revoked ||= !caller.wasTaken(frame.ordinal)
        } else if (reached < sent.length) {
          const frame = sent[reached++]
          assert.ok(frame)
          assert.equal(target.take(), !frame.revoked)
          assert.ok(caller.hasPassed(frame.ordinal))
          if (!frame.revoked) assert.ok(caller.wasTaken(frame.ordinal))
          assert.equal(caller.waiting(last), sent.length - reached)
        }
      }
    }),
  )
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

const TAKER = `
const { workerData, parentPort } = require('node:worker_threads')
const { Ledger } = await import(workerData.module)
const ledger = new Ledger(workerData.shared, 'target')
const taken = new Uint8Array(workerData.taken)
const gate = new Int32Array(workerData.gate)
for (let i = 0; i < taken.length; i++) {
  // As a frame arrives: not before it was sent.
  while (Atomics.load(gate, 0) <= i);
  if (ledger.take()) taken[i] = 1
}
parentPort.postMessage('done')
`

test('ledger: two threads that take and revoke at the same time agree on every frame', async () => {
  const frames = 200_000
  const shared = createLedger()
  const taken = new SharedArrayBuffer(frames)
  const gate = new SharedArrayBuffer(4)
  const module = new URL('../../src/mesh/ledger.ts', import.meta.url).href
  const code = `(async () => { ${TAKER} })()`
  const worker = new Worker(code, { eval: true, workerData: { shared, taken, gate, module } })
  const done = once(worker, 'message')
  const caller = new Ledger(shared, 'caller')
  const sentCount = new Int32Array(gate)
  const revoked = new Uint8Array(frames)
  let judged = 0
  let last = 0
  let revocations = 0
  for (let i = 0; i < frames; i++) {
    last = nextOrdinal(last)
    Atomics.store(sentCount, 0, i + 1)
    if (i % 7 !== 0 || !caller.revoke(last)) continue
    revocations++
    for (; judged <= i; judged++) if (!caller.wasTaken(2 * (judged + 1))) revoked[judged] = 1
  }
  await done
  await worker.terminate()
  const view = new Uint8Array(taken)
  const disagreed = view.findIndex((one, i) => one === revoked[i])
  assert.equal(disagreed, -1)
  assert.ok(revocations > 0)
})
