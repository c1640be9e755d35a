import assert from 'node:assert/strict'
import fc from 'fast-check'
import { nextOrdinal } from '../../src/mesh/ledger.ts'

/** What every ledger can do, whatever it is kept in. */
export interface AnyLedger {
  take(): boolean
  waiting(sent: number): number
  hasPassed(ordinal: number): boolean
  wasTaken(ordinal: number): boolean
  revoke(sent: number): boolean
}

export interface LedgerPair {
  readonly caller: AnyLedger
  readonly target: AnyLedger
  readonly close: () => void
}

/** Each frame is either taken or revoked, in any order of sending, taking and revoking. */
export function assertTakenOrRevoked(open: () => LedgerPair, { maxLength }: { readonly maxLength: number }): void {
  const moves = fc.array(fc.constantFrom('send', 'send', 'take', 'take', 'revoke'), { maxLength })
  fc.assert(
    fc.property(moves, (all) => {
      const { caller, target, close } = open()
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
      close()
    }),
  )
}

/** Code of a worker that takes frames as they arrive: not before they were sent. It needs `ledger` and the `workerData` of `startRace`. */
export const TAKE_ALL = `
const taken = new Uint8Array(workerData.taken)
const gate = new Int32Array(workerData.gate)
for (let i = 0; i < taken.length; i++) {
  while (Atomics.load(gate, 0) <= i);
  if (ledger.take()) taken[i] = 1
}
parentPort.postMessage('done')
`

export interface Race {
  readonly taken: SharedArrayBuffer
  readonly gate: SharedArrayBuffer
}

export function startRace(frames: number): Race {
  return { taken: new SharedArrayBuffer(frames), gate: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) }
}

/** Sends and revokes while the other side takes; resolves when both sides agree on every frame. */
export async function assertAgreement(
  caller: AnyLedger,
  { race, done }: { readonly race: Race; readonly done: Promise<unknown> },
): Promise<void> {
  const sentCount = new Int32Array(race.gate)
  const frames = race.taken.byteLength
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
  const disagreed = new Uint8Array(race.taken).findIndex((one, i) => one === revoked[i])
  assert.equal(disagreed, -1)
  assert.ok(revocations > 0)
}
