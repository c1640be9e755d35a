/**
 * Restart intensity as a true sliding window over a monotonic clock, after Erlang/OTP's supervisor:
 * `limit` crashes within `periodMs` are survived, one more is too many.
 */
export function countWithin(crashesMs: readonly number[], nowMs: number, periodMs: number): number {
  return crashesMs.filter((atMs) => atMs > nowMs - periodMs).length
}

/** The crashes that still matter for a window of `periodMs`, with the new one. */
export function addCrash(crashesMs: readonly number[], nowMs: number, periodMs: number): readonly number[] {
  return [...crashesMs.filter((atMs) => atMs > nowMs - periodMs), nowMs]
}
