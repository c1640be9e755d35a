/**
 * Whether a target takes what it is sent. Looked at now and then instead of with every request: a mark remembers which frame
 * was the last one at some moment; if the target has not passed it, something has been waiting since before that moment.
 * Pure: the time comes in as a value.
 */
export interface Mark {
  readonly ordinal: number
  readonly atMs: number
}

export interface Look {
  /** Whether the target has passed the marked frame. */
  readonly passed: boolean
  /** Ordinal of the last frame sent. */
  readonly sent: number
  readonly nowMs: number
  /** How much later than planned this look is: the caller's own thread stood still, and what it meant to send may only just have left. */
  readonly lateMs: number
}

/** The mark for the next look, and whether the target is stuck: its oldest untaken frame is older than `stuckAfterMs`. */
export function lookAt(mark: Mark, look: Look, stuckAfterMs: number): { readonly mark: Mark; readonly stuck: boolean } {
  if (look.passed) return { mark: { ordinal: look.sent, atMs: look.nowMs }, stuck: false }
  const atMs = Math.min(look.nowMs, mark.atMs + look.lateMs)
  return { mark: { ordinal: mark.ordinal, atMs }, stuck: look.nowMs - atMs > stuckAfterMs }
}
