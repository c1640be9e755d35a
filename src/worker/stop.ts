export interface StopOptions {
  /** In order. */
  readonly closers: readonly (() => unknown)[]
  readonly abort: AbortController
  readonly warn: (message: string) => void
  /** Ends what meshrt has open: nothing of it keeps the thread alive. */
  readonly release: () => void
}

/**
 * Ends the service by its own means: `signal` aborts, then the framework's close, then the module's hook. A failing one does not keep
 * the next from running. Returns what ends the thread, to be called when the runtime has been answered.
 */
export async function stopService({ closers, abort, warn, release }: StopOptions): Promise<() => void> {
  abort.abort()
  let failed = false
  for (const close of closers) {
    try {
      await close()
    } catch (error) {
      failed = true
      warn(`The service's own stop failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }
  }
  return () => endThread(failed ? 1 : 0, release)
}

/**
 * No signal reaches a thread. A service that listens for SIGTERM gets it from here and ends by itself, as it would as a process;
 * if it does not, the runtime terminates it at its deadline.
 */
function endThread(code: number, release: () => void): void {
  // First, so that the other ends of open connections (WebSockets of the mesh) see them closed and not lost.
  release()
  if (process.listenerCount('SIGTERM') === 0) process.exit(code)
  process.exitCode ??= code
  process.emit('SIGTERM', 'SIGTERM')
}
