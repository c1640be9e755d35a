/**
 * A body's own port. Forward: bytes, then an end or an error. Backward: how many more chunks may come, or a stop.
 * The credit bounds what is in memory between two threads, however fast one and however slow the other.
 */

/** At the most. A post and the collection of what it carried cost more than copying does, so that small chunks halve the throughput. */
export const CHUNK_BYTES = 262_144

/** Chunks that may be under way. */
export const WINDOW_CHUNKS = 8

/** Credit is given back in steps of this many chunks. */
export const CREDIT_STEP_CHUNKS = 2

export const END = 0
export const ERROR = 1

/** Backward, in place of a number of chunks: nobody reads any more. */
export const STOP = 0

type EndMessage = readonly [kind: typeof END, trailers: readonly string[]]
type ErrorMessage = readonly [kind: typeof ERROR, code: string, message: string]
export type ForwardMessage = Uint8Array | EndMessage | ErrorMessage
