import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { FileLedger } from '../../../src/mesh/socket/file-ledger.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { assertAgreement, assertTakenOrRevoked, startRace, TAKE_ALL } from '../ledger-contract.ts'

test('file-ledger: each frame is either taken or revoked, in any order of sending, taking and revoking', (t) => {
  const folder = tempDir(t)
  let pairs = 0
  const open = () => {
    const path = join(folder, String(pairs++))
    const caller = new FileLedger(path, 'caller')
    const target = new FileLedger(path, 'target')
    const close = () => {
      target.close()
      caller.close()
    }
    return { caller, target, close }
  }
  assertTakenOrRevoked(open, { maxLength: 100 })
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

test('file-ledger: two that take and revoke at the same time agree on every frame', async (t) => {
  const path = join(tempDir(t), 'ledger')
  const race = startRace(20_000)
  const caller = new FileLedger(path, 'caller')
  const module = new URL('../../../src/mesh/socket/file-ledger.ts', import.meta.url).href
  const code = `(async () => {
    const { workerData, parentPort } = require('node:worker_threads')
    const { FileLedger } = await import(workerData.module)
    const ledger = new FileLedger(workerData.path, 'target')
    parentPort.postMessage('open')
    ${TAKE_ALL}
  })()`
  const worker = new Worker(code, { eval: true, workerData: { ...race, path, module } })
  await once(worker, 'message')
  await assertAgreement(caller, { race, done: once(worker, 'message') })
  await worker.terminate()
  caller.close()
})
