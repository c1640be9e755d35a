import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { nextOrdinal } from '../../../src/mesh/ledger.ts'
import { FileLedger } from '../../../src/mesh/socket/file-ledger.ts'
import { tempDir } from '../../support/temp-dir.ts'

test('file-ledger: each frame is either taken or revoked, in any order of sending, taking and revoking', (t) => {
  const folder = tempDir(t)
  let pairs = 0
  const moves = fc.array(fc.constantFrom('send', 'send', 'take', 'take', 'revoke'), { maxLength: 100 })
  fc.assert(
    fc.property(moves, (all) => {
      const path = join(folder, String(pairs++))
      const caller = new FileLedger(path, 'caller')
      const target = new FileLedger(path, 'target')
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
      target.close()
      caller.close()
    }),
  )
})

test('file-ledger: there is nothing to revoke when all is taken, and no second time before the first is noticed', (t) => {
  const path = join(tempDir(t), 'ledger')
  const caller = new FileLedger(path, 'caller')
  const target = new FileLedger(path, 'target')
  assert.equal(caller.revoke(0), false)
  assert.equal(target.take(), true)
  assert.equal(caller.revoke(2), false)
  assert.equal(caller.revoke(4), true)
  assert.equal(caller.revoke(6), false)
  assert.equal(target.take(), false)
  assert.equal(target.take(), true)
  target.close()
  caller.close()
  // What is asked after the end is answered from what was true at the end.
  assert.deepEqual([caller.wasTaken(2), caller.wasTaken(4), caller.wasTaken(6)], [true, false, true])
})

test('file-ledger: the file goes when the target has it open, or else when the caller closes', (t) => {
  const folder = tempDir(t)
  const [taken, unmet] = [join(folder, 'taken'), join(folder, 'unmet')]
  const caller = new FileLedger(taken, 'caller')
  const target = new FileLedger(taken, 'target')
  const alone = new FileLedger(unmet, 'caller')
  assert.deepEqual([existsSync(taken), existsSync(unmet)], [false, true])
  alone.close()
  assert.equal(existsSync(unmet), false)
  assert.throws(() => new FileLedger(unmet, 'target'), { code: 'ENOENT' })
  target.close()
  caller.close()
})

const TAKER = `
const { workerData, parentPort } = require('node:worker_threads')
const { FileLedger } = await import(workerData.module)
const ledger = new FileLedger(workerData.path, 'target')
const taken = new Uint8Array(workerData.taken)
const gate = new Int32Array(workerData.gate)
parentPort.postMessage('open')
for (let i = 0; i < taken.length; i++) {
  // As a frame arrives: not before it was sent.
  while (Atomics.load(gate, 0) <= i);
  if (ledger.take()) taken[i] = 1
}
parentPort.postMessage('done')
`

test('file-ledger: two that take and revoke at the same time agree on every frame', async (t) => {
  const frames = 20_000
  const path = join(tempDir(t), 'ledger')
  const taken = new SharedArrayBuffer(frames)
  const gate = new SharedArrayBuffer(4)
  const caller = new FileLedger(path, 'caller')
  const module = new URL('../../../src/mesh/socket/file-ledger.ts', import.meta.url).href
  const worker = new Worker(`(async () => { ${TAKER} })()`, { eval: true, workerData: { path, taken, gate, module } })
  await once(worker, 'message')
  const done = once(worker, 'message')
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
  caller.close()
})
