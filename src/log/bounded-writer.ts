import type { Writable } from 'node:stream'

export interface BoundedWriter {
  write(text: string): void
  /** Resolves when everything has been taken, or at the deadline. Lines that come later are dropped. */
  close(deadlineMs: number): Promise<void>
}

const MAX_BACKLOG_BYTES = 4 * 1024 * 1024

/**
 * Lines to a stream that may be a slow pipe. Its writer is never blocked and its backlog never grows without bound: what does not fit is
 * dropped whole, and `describeDropped` says how much when there is room again.
 */
export function boundedWriter(
  stream: Writable,
  { describeDropped, maxBacklogBytes = MAX_BACKLOG_BYTES }: { describeDropped: (lines: number) => string; maxBacklogBytes?: number },
): BoundedWriter {
  let dropped = 0
  let over = false
  const reportDropped = (): void => {
    if (dropped === 0 || over || stream.writableLength > maxBacklogBytes) return
    const text = describeDropped(dropped)
    dropped = 0
    stream.write(text)
  }
  // EPIPE: the reader has gone, and nobody is left to tell.
  stream.on('error', () => {
    over = true
  })
  stream.on('drain', reportDropped)
  return {
    write(text) {
      if (over || stream.destroyed) return
      if (stream.writableLength > maxBacklogBytes) {
        dropped += 1
        return
      }
      reportDropped()
      stream.write(text)
    },
    async close(deadlineMs) {
      reportDropped()
      if (!over && !stream.destroyed && stream.writableLength > 0) await drained(stream, deadlineMs)
      over = true
    },
  }
}

async function drained(stream: Writable, deadlineMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, deadlineMs)
  // An empty write is called back after everything before it.
  stream.write('', () => resolve())
  stream.once('close', resolve)
  await promise
  clearTimeout(timer)
}
