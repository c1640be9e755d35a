/**
 * Node writes to a pipe without waiting, and what does not fit into it (some 300 short lines) is lost when the process exits. The runtime reads
 * as fast as it can: better to wait for it than to lose the last words; loggers that write to the descriptors (sonic-boom) need not repeat.
 */
export function blockOnOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const { _handle: handle } = stream as unknown as { readonly _handle?: { setBlocking?(blocking: boolean): number } }
    handle?.setBlocking?.(true)
  }
}
