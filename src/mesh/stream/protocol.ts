/**
 * A body's own port. Forward: bytes, then an end or an error. Backward: how many more chunks may come, or a stop.
 * The credit bounds what is in memory between two threads, however fast one and however slow the other.
 */

export const CHUNK_BYTES = 65_536

/** Chunks that may be under way. */
export const WINDOW_CHUNKS = 32

/** Credit is given back in steps of this many chunks. */
export const CREDIT_STEP_CHUNKS = 8

export const END = 0
export const ERROR = 1

/** Backward, in place of a number of chunks: nobody reads any more. */
export const STOP = 0

type EndMessage = readonly [kind: typeof END, trailers: readonly string[]]
type ErrorMessage = readonly [kind: typeof ERROR, code: string, message: string]
export type ForwardMessage = Uint8Array | EndMessage | ErrorMessage
