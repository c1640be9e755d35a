import { constants } from 'node:os'
import type { RestartSpec } from '../model/spec.ts'
import { backoffDelayMs } from '../supervision/backoff.ts'
import { decideRestart, type RestartHistory } from '../supervision/restart-decision.ts'

/** The rules of a slot, for the runtime as a whole. */
export const REBOOT_RULES: RestartSpec = {
  policy: 'always',
  delayMs: 100,
  factor: 2,
  maxDelayMs: 30_000,
  jitter: 0.2,
  maxAttempts: 5,
  windowMs: 60_000,
  maxPerHour: 20,
  startAttempts: 5,
  stableAfterMs: 30_000,
  probeAfterMs: 0,
}

/** What the guardian knows of a runtime's process that has ended. */
export interface RuntimeEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What it had announced: then the end is its own, however the process ended. */
  readonly announced: { readonly code: number; readonly next: 'end' | 'reboot' } | null
  /** A signal was passed on to it, or it had begun to stop by itself. */
  readonly stopAsked: boolean
  /** It held the lock of its runtime file, or a runtime before it did. */
  readonly locked: boolean
  /** Since when all its services had been ready; null when they never were. */
  readonly readyForMs: number | null
}

type AfterEnd =
  /** `trouble` is for the operator, when the runtime could not tell it any more. */
  | { readonly kind: 'end'; readonly code: number; readonly trouble: string | null }
  | { readonly kind: 'give-up'; readonly cause: string; readonly deaths: number }
  | { readonly kind: 'reboot'; readonly cause: string; readonly delayMs: number }

export interface Decided {
  readonly after: AfterEnd
  readonly history: RestartHistory
}

/**
 * An announced end is final, and so is one that was asked for, and one before there was a runtime at all. Everything else is an
 * abnormal death: a signal, an abort, a bug. A runtime that asks to be recycled is rebooted without counting as a death.
 */
export function afterEnd(end: RuntimeEnd, history: RestartHistory, now: { readonly nowMs: number; readonly entropy: number }): Decided {
  const stay = (after: AfterEnd): Decided => ({ after, history })
  const { announced } = end
  if (announced !== null && (announced.next === 'end' || end.stopAsked)) return stay({ kind: 'end', code: announced.code, trouble: null })
  const cause = describeEnd(end)
  if (end.stopAsked) return stay({ kind: 'end', code: codeOf(end), trouble: `it ended while it was stopping (${cause})` })
  // An error of the command itself, which it has told: a broken runtime file, a runtime that is running already.
  if (!end.locked || (end.readyForMs === null && end.code === INVALID_CONFIGURATION)) {
    return stay({ kind: 'end', code: codeOf(end), trouble: end.signal === null ? null : `it ended before it could start (${cause})` })
  }
  if (announced !== null) return recycle(end, history, now.entropy)
  const dead = { exit: { kind: 'crashed', code: codeOf(end) }, readyForMs: end.readyForMs, probe: false } as const
  const { decision, history: remembered } = decideRestart(REBOOT_RULES, history, dead, now)
  const after: AfterEnd =
    decision.kind === 'restart'
      ? { kind: 'reboot', cause, delayMs: decision.delayMs }
      : { kind: 'give-up', cause, deaths: Math.max(remembered.failedStarts, remembered.crashesMs.length) }
  return { after, history: remembered }
}

/** It does not count as a death, but follows ever more slowly when there is no calm in between. */
function recycle({ readyForMs }: RuntimeEnd, history: RestartHistory, entropy: number): Decided {
  const attempt = readyForMs !== null && readyForMs >= REBOOT_RULES.stableAfterMs ? 0 : history.attempt
  const delayMs = backoffDelayMs(REBOOT_RULES, attempt, entropy)
  return { after: { kind: 'reboot', cause: 'recycled', delayMs }, history: { ...history, attempt: attempt + 1 } }
}

const INVALID_CONFIGURATION = 78

function describeEnd({ code, signal }: RuntimeEnd): string {
  return signal ?? `code ${code ?? '?'}`
}

/** As a shell counts: 128+n for a signal. */
function codeOf({ code, signal }: RuntimeEnd): number {
  return code ?? (signal === null ? 1 : 128 + (constants.signals[signal] ?? 0))
}
