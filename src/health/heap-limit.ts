/**
 * The soft heap limit, enforced well below V8's hard one: a worker is recycled while there is still room to drain it,
 * and terminated when it has used all that it was given.
 */
const RECYCLE_AT = 0.85
const TERMINATE_AT = 1
/** Above this share the heap is looked at often. */
const WATCH_CLOSELY_ABOVE = 0.7

export const HEAP_INTERVAL_MS = 1000
const CLOSE_INTERVAL_MS = 100

export type HeapOrder = 'none' | 'recycle' | 'terminate'

export function judgeHeap(usedBytes: number, limitBytes: number): { readonly order: HeapOrder; readonly nextInMs: number } {
  const share = usedBytes / limitBytes
  const order = share >= TERMINATE_AT ? 'terminate' : share >= RECYCLE_AT ? 'recycle' : 'none'
  return { order, nextInMs: share > WATCH_CLOSELY_ABOVE ? CLOSE_INTERVAL_MS : HEAP_INTERVAL_MS }
}
