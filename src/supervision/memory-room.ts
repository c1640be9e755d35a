/** Memory that workers may still take, and of how much in all: of the cgroup, or of the machine. */
export interface MemoryRoom {
  readonly freeBytes: number
  readonly totalBytes: number
}

export interface MemoryUse {
  /** What the process had before there were workers, and has now. */
  readonly baseBytes: number
  readonly rssBytes: number
  /** Heap of every worker; null = not measured yet. */
  readonly heaps: readonly (number | null)[]
}

const MB = 1024 * 1024
/** An empty thread takes about this. */
const LEAST_BYTES = 12 * MB

/** This share of the memory stays free: heaps grow after their worker is ready. */
const RESERVE = 0.1

/**
 * What one more worker of a service will take: the mean heap of those that it has, and an equal share of what the process has grown by
 * besides heaps (stacks, code, buffers). The process's memory cannot be told apart by thread.
 */
export function estimateWorkerBytes(own: readonly (number | null)[], { baseBytes, rssBytes, heaps }: MemoryUse): number {
  const grown = Math.max(0, rssBytes - baseBytes)
  const known = sum(heaps)
  const rest = heaps.length === 0 ? 0 : Math.max(0, grown - known) / heaps.length
  const measured = own.filter((bytes) => bytes !== null)
  const heap = measured.length === 0 ? 0 : sum(measured) / measured.length
  return Math.max(LEAST_BYTES, Math.round(heap + rest))
}

/** How many of the workers from `from` to `to` there is room for. */
export function fitWorkers({ from, to }: { readonly from: number; readonly to: number }, workerBytes: number, room: MemoryRoom): number {
  const usable = room.freeBytes - room.totalBytes * RESERVE
  return Math.min(to, from + Math.max(0, Math.floor(usable / workerBytes)))
}

export function describeShortage(workerBytes: number, { freeBytes, totalBytes }: MemoryRoom): string {
  const mb = (bytes: number): string => `${Math.round(bytes / MB)} MB`
  return `a worker takes about ${mb(workerBytes)}; ${mb(freeBytes)} of ${mb(totalBytes)} are free, of which ${mb(totalBytes * RESERVE)} stay so`
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0)
}
