import { percentile } from '../report/statistics.ts'

/** As it travels to whoever steers. */
export interface LoopResult {
  readonly requests: number
  readonly perSecond: number
  readonly p50Us: number
  readonly p99Us: number
}

/**
 * Keeps `inFlight` calls under way for `durationMs`, each lane beginning its next when its last is done. Calls that end later count
 * for nothing, but are waited for. A call that fails fails the loop.
 */
export async function closedLoop(
  call: () => Promise<void>,
  { inFlight, durationMs }: { readonly inFlight: number; readonly durationMs: number },
): Promise<LoopResult> {
  const latencies = new Latencies()
  let untilMs = performance.now() + durationMs
  const lane = async (): Promise<void> => {
    let sinceMs = performance.now()
    while (sinceMs < untilMs) {
      await call()
      const nowMs = performance.now()
      if (nowMs <= untilMs) latencies.push((nowMs - sinceMs) * 1000)
      sinceMs = nowMs
    }
  }
  const guarded = (): Promise<void> =>
    lane().catch((error: unknown) => {
      // The others end too.
      untilMs = 0
      throw error
    })
  const ends = await Promise.allSettled(Array.from({ length: inFlight }, guarded))
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure) throw failure.reason
  const sorted = latencies.sorted()
  if (sorted.length === 0) throw new Error(`Not one answer within ${durationMs} ms`)
  return {
    requests: sorted.length,
    perSecond: sorted.length / (durationMs / 1000),
    p50Us: percentile(sorted, 50),
    p99Us: percentile(sorted, 99),
  }
}

/** Grows by doubling: an array of boxed numbers would be work for the collector in the middle of what is measured. */
class Latencies {
  #values = new Float64Array(1 << 16)
  #length = 0

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length++] = value
  }

  sorted(): Float64Array {
    return this.#values.slice(0, this.#length).sort()
  }
}
