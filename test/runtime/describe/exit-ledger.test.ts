import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exit } from '../../../src/model/exit.ts'
import { serviceId } from '../../../src/model/ids.ts'
import { ExitLedger } from '../../../src/runtime/describe/exit-ledger.ts'

const auth = serviceId('auth')

function ledgerAfter(...exits: readonly Exit[]): ExitLedger {
  const ledger = new ExitLedger(({ generation }) => [`line of ${generation}`])
  for (const [at, exit] of exits.entries()) {
    ledger.hear({ atMs: at, event: { type: 'worker.exited', worker: { service: auth, slot: 0, generation: at + 1 }, exit, uptimeMs: 7 } })
  }
  return ledger
}

test('ExitLedger keeps the last exits, the newest first, with what the worker had written', () => {
  const crash = { kind: 'crashed', code: 1 } as const
  const records = ledgerAfter(...Array.from({ length: 25 }, () => crash)).of(auth)
  assert.equal(records.length, 10)
  assert.deepEqual(records[0], { at: 24, worker: 'auth/0#25', exit: crash, uptimeMs: 7, lastLines: ['line of 25'] })
})

test('ExitLedger keeps what nobody had asked for: a hundred restarts do not push a crash out', () => {
  const asked: readonly Exit[] = [
    { kind: 'stopped', code: 0 },
    { kind: 'killed', reason: 'superseded' },
    { kind: 'killed', reason: 'forced' },
  ]
  const crash = { kind: 'crashed', code: 1 } as const
  const blocked = { kind: 'killed', reason: 'blocked' } as const
  const records = ledgerAfter(crash, blocked, ...Array.from({ length: 30 }, () => asked).flat()).of(auth)
  assert.deepEqual(
    records.map(({ exit }) => exit),
    [blocked, crash],
  )
})

test('ExitLedger knows nothing of a service that has not ended', () => {
  assert.deepEqual(ledgerAfter().of(auth), [])
})
