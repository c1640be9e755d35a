/**
 * One row of shared memory per worker: written by the worker as things happen, read by anybody without a message.
 * Everything is a 32-bit counter that wraps; readers work with differences.
 */

const IN_FLIGHT = 0
const REQUESTS = 1
const OUTPUT_POSTED = 2
const OUTPUT_TAKEN = 3
const OUTPUT_DROPPED = 4
/** One cell for each of `MESH_COUNTERS`. */
const MESH = 5
const PRESSED = 11
const DESCRIPTORS = 12
const LATENCY = 16

/** Latency buckets grow by a factor of √2 from 0.1 ms; the last one takes the rest (over four minutes). */
const LATENCY_BUCKETS = 44
const LATENCY_FIRST_MS = 0.1

/**
 * What the mesh does about trouble. Counted where it is done: `sheds` by the worker that had no room, the rest by the caller.
 * `retries`: sent a second time. `replays`: sent elsewhere because the first target had not taken it. `holdsExpired`: no worker was ready in
 * time. `failedFast`: not sent, as every target fails. `denied`: forbidden by `mesh.deny`.
 */
export const MESH_COUNTERS = ['retries', 'replays', 'sheds', 'holdsExpired', 'failedFast', 'denied'] as const
export type MeshCounter = (typeof MESH_COUNTERS)[number]
export type MeshCounts = Readonly<Record<MeshCounter, number>>

export const NO_MESH_COUNTS: MeshCounts = { retries: 0, replays: 0, sheds: 0, holdsExpired: 0, failedFast: 0, denied: 0 }

export class WorkerRow {
  readonly shared: SharedArrayBuffer
  readonly #cells: Int32Array
  /** Of a process, which has a row to itself and copies it to the runtime's when something has happened. */
  onCount: (() => void) | null = null

  constructor(shared = new SharedArrayBuffer((LATENCY + LATENCY_BUCKETS) * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared
    this.#cells = new Int32Array(shared)
  }

  /** For `copyFrom` and `addFrom`. */
  get cells(): readonly number[] {
    return Array.from(this.#cells)
  }

  /** What the worker itself writes; the other cells are the runtime's. */
  copyFrom(cells: readonly number[]): void {
    for (const [index, value] of cells.entries()) if (isWorkersOwn(index)) Atomics.store(this.#cells, index, value)
  }

  /** What one of several that count for this worker has counted since `before`, which it did not share at once. */
  addFrom(before: readonly number[], now: readonly number[]): void {
    for (const [index, value] of now.entries()) {
      if (isWorkersOwn(index)) Atomics.add(this.#cells, index, (value - (before[index] ?? 0)) | 0)
    }
  }

  /** It is gone; what it had under way is nobody's. */
  forgetInFlightOf(cells: readonly number[]): void {
    Atomics.sub(this.#cells, IN_FLIGHT, cells[IN_FLIGHT] ?? 0)
  }

  requestStarted(): void {
    Atomics.add(this.#cells, IN_FLIGHT, 1)
    this.onCount?.()
  }

  requestFinished(durationMs: number): void {
    Atomics.sub(this.#cells, IN_FLIGHT, 1)
    Atomics.add(this.#cells, REQUESTS, 1)
    Atomics.add(this.#cells, LATENCY + latencyBucket(durationMs), 1)
    this.onCount?.()
  }

  /** The next of the descriptors that were handed to the thread is its own from now on, and ends with it. */
  takesDescriptor(): void {
    Atomics.add(this.#cells, DESCRIPTORS, 1)
  }

  /** By all threads that have lived in this worker: one that needs the compiler is followed by another. */
  get descriptorsTaken(): number {
    return Atomics.load(this.#cells, DESCRIPTORS)
  }

  count(counter: MeshCounter): void {
    Atomics.add(this.#cells, MESH + MESH_COUNTERS.indexOf(counter), 1)
    this.onCount?.()
  }

  /** Reserves room for output; false when the reader is more than `maxBytes` behind, and then counts a dropped write. */
  reserveOutput(bytes: number, maxBytes: number): boolean {
    const behind = (Atomics.load(this.#cells, OUTPUT_POSTED) - Atomics.load(this.#cells, OUTPUT_TAKEN)) | 0
    if (behind > 0 && behind + bytes > maxBytes) {
      Atomics.add(this.#cells, OUTPUT_DROPPED, 1)
      return false
    }
    Atomics.add(this.#cells, OUTPUT_POSTED, bytes)
    return true
  }

  outputTaken(bytes: number): void {
    Atomics.add(this.#cells, OUTPUT_TAKEN, bytes)
  }

  /** Whether the reader has everything that was posted. */
  get isOutputTaken(): boolean {
    return Atomics.load(this.#cells, OUTPUT_POSTED) === Atomics.load(this.#cells, OUTPUT_TAKEN)
  }

  /** Writes dropped since the last call. */
  takeDropped(): number {
    return Atomics.exchange(this.#cells, OUTPUT_DROPPED, 0)
  }

  get inFlight(): number {
    return Atomics.load(this.#cells, IN_FLIGHT)
  }

  get meshCounts(): MeshCounts {
    return Object.fromEntries(MESH_COUNTERS.map((counter, i) => [counter, Atomics.load(this.#cells, MESH + i)])) as Record<
      MeshCounter,
      number
    >
  }

  /** Under load, says the runtime: callers that choose by load prefer others. */
  get pressed(): boolean {
    return Atomics.load(this.#cells, PRESSED) === 1
  }

  set pressed(pressed: boolean) {
    Atomics.store(this.#cells, PRESSED, pressed ? 1 : 0)
  }

  /** `before` itself, when nothing was finished since. */
  read(before?: RowReading): RowReading {
    const requests = Atomics.load(this.#cells, REQUESTS)
    return before?.requests === requests ? before : { requests, latency: Array.from(this.#cells.subarray(LATENCY)) }
  }
}

function isWorkersOwn(index: number): boolean {
  return (
    index === IN_FLIGHT ||
    index === REQUESTS ||
    (index >= MESH && index < PRESSED) ||
    (index >= LATENCY && index < LATENCY + LATENCY_BUCKETS)
  )
}

/** A copy of the counters at one moment. */
export interface RowReading {
  readonly requests: number
  readonly latency: readonly number[]
}

function latencyBucket(durationMs: number): number {
  if (!(durationMs > LATENCY_FIRST_MS)) return 0
  return Math.min(LATENCY_BUCKETS - 1, Math.ceil(2 * Math.log2(durationMs / LATENCY_FIRST_MS)))
}

/** Upper bound in milliseconds of a quantile (0 to 1) over bucket counts; null when nothing was counted. */
export function latencyQuantileMs(counts: readonly number[], quantile: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let left = total * quantile
  const bucket = counts.findIndex((count) => (left -= count) <= 0)
  return LATENCY_FIRST_MS * 2 ** (bucket / 2)
}

/** What happened between two readings of one row, wrap-around included. */
export function rowDifference(before: RowReading, after: RowReading): { readonly requests: number; readonly latency: readonly number[] } {
  return {
    requests: (after.requests - before.requests) | 0,
    latency: after.latency.map((count, i) => (count - (before.latency[i] ?? 0)) | 0),
  }
}
