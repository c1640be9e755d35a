/**
 * For how long a worker that was pinged could have answered and did not. Wall time alone would condemn a worker that merely
 * gets no CPU on a crowded machine: there it counts by the CPU time that the worker has had. Pure.
 */
export interface Silence {
  /** Since it was pinged. */
  readonly wallMs: number
  /** The part of it in which it could have answered. */
  readonly countedMs: number
}

export const NO_SILENCE: Silence = { wallMs: 0, countedMs: 0 }

/** A stretch of silence between two looks, the time in which the main thread stood still itself already taken out. */
export interface Stretch {
  readonly wallMs: number
  /** Nobody had to wait for a CPU. */
  readonly roomy: boolean
  /** CPU time that the worker used in it; null when that is not known. */
  readonly cpuMs: number | null
  /** How long the question for its CPU time has been open: JavaScript is interrupted for it, a native call is not. */
  readonly mutedMs: number
}

/** A thread that runs JavaScript gets its turn within this time even on a crowded machine; one that is mute for longer sits in a native call. */
const MUTE_AFTER_MS = 5000

/** On a crowded machine, where the CPU time of a worker is not known, time counts this much. */
const CROWDED_SHARE = 0.25

export function prolong(silence: Silence, stretch: Stretch): Silence {
  const wallMs = silence.wallMs + stretch.wallMs
  return { wallMs, countedMs: Math.min(wallMs, silence.countedMs + countedMs(stretch)) }
}

function countedMs({ wallMs, roomy, cpuMs, mutedMs }: Stretch): number {
  if (roomy || mutedMs >= MUTE_AFTER_MS) return wallMs
  return cpuMs ?? wallMs * CROWDED_SHARE
}
