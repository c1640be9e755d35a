import type { Finding } from '../model/verdict.ts'

/**
 * The soft memory limit, enforced well below V8's hard one: a worker is recycled while there is still room to drain it,
 * and terminated when it has used all that it was given. Buffers live outside the heap, where nothing else holds them back: they may take as much again.
 */
const RECYCLE_AT = 0.85
const TERMINATE_AT = 1
/** Above this share memory is looked at often. */
const WATCH_CLOSELY_ABOVE = 0.7

export const MEMORY_INTERVAL_MS = 1000
export const CLOSE_INTERVAL_MS = 100

/** What a worker has of memory. */
export interface MemoryReading {
  readonly heapUsedBytes: number
  /** Outside the heap: Buffers. */
  readonly externalBytes: number
  /** V8's own limit of the heap. */
  readonly heapLimitBytes: number
}

export interface MemoryJudgement {
  readonly order: 'none' | 'recycle' | 'terminate'
  readonly nextInMs: number
  readonly finding: Finding
}

export function judgeMemory({ heapUsedBytes, externalBytes }: MemoryReading, limitBytes: number): MemoryJudgement {
  const measure = externalBytes > heapUsedBytes ? 'external' : 'heap'
  const share = Math.max(heapUsedBytes, externalBytes) / limitBytes
  const order = share >= TERMINATE_AT ? 'terminate' : share >= RECYCLE_AT ? 'recycle' : 'none'
  const limit = order === 'terminate' ? TERMINATE_AT : RECYCLE_AT
  return {
    order,
    nextInMs: share > WATCH_CLOSELY_ABOVE ? CLOSE_INTERVAL_MS : MEMORY_INTERVAL_MS,
    finding: { measure, limit, value: share },
  }
}
