/**
 * What travels in a tunnel's frames, the same in both directions: bytes, as latin1 text while they are few; a number above 0, the bytes that
 * the other side may send more; or END, after which no bytes come. The credit bounds what is in memory between two
 * threads. The target begins with a window's worth of it; the caller gets its first when the target has taken the tunnel.
 */
export type LineMessage = string | Uint8Array | number

export const END = 0

/** Bytes that may be under way. */
export const WINDOW_BYTES = 2_097_152

/** Credit is given back in steps of at least this many bytes. */
export const CREDIT_STEP_BYTES = WINDOW_BYTES / 4

/** No message has more bytes. */
export const CHUNK_BYTES = 65_536

/** Up to here text is faster: a one-byte string clones in less time than it takes to transfer memory. */
export const TEXT_BYTES = 16_384
