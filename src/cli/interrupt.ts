/** An endless command ends at Ctrl+C, and that is its clean end: null then. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  process.once('SIGINT', abort)
  process.once('SIGTERM', abort)
  try {
    return await work(controller.signal)
  } catch (error) {
    if (!controller.signal.aborted) throw error
    return null
  } finally {
    process.off('SIGINT', abort)
    process.off('SIGTERM', abort)
  }
}
