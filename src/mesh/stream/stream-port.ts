import type { TransferListItem } from 'node:worker_threads'

/**
 * An end of the line that one streamed body travels on. A MessagePort is one; a transport without ports makes its own.
 * Messages that were posted before a `close()` still arrive.
 */
export interface StreamPort {
  postMessage(message: unknown, transfer: readonly TransferListItem[]): void
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'close', listener: () => void): unknown
  /** Does not keep its worker alive. */
  unref(): void
  close(): void
}

/** Functions cannot be cloned, so nothing that only came out of a message passes for a port. */
export function isStreamPort(value: unknown): value is StreamPort {
  return typeof value === 'object' && value !== null && 'postMessage' in value && typeof value.postMessage === 'function'
}
