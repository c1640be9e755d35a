/** How an endless command, or one that waits, has ended. */
export type Watched<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'interrupted'; readonly by: 'SIGINT' | 'SIGTERM' }

/** An endless command ends at Ctrl+C, and that is its clean end. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<Watched<T>> {
  const controller = new AbortController()
  let by: 'SIGINT' | 'SIGTERM' = 'SIGINT'
  const abort = (signal: 'SIGINT' | 'SIGTERM'): void => {
    by = signal
    controller.abort()
  }
  process.once('SIGINT', abort)
  process.once('SIGTERM', abort)
  try {
    return { kind: 'done', value: await work(controller.signal) }
  } catch (error) {
    if (!controller.signal.aborted) throw error
    return { kind: 'interrupted', by }
  } finally {
    process.off('SIGINT', abort)
    process.off('SIGTERM', abort)
  }
}
