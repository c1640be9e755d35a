import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Clock } from '../model/clock.ts'
import type { ListenCapture } from './listen-capture.ts'
import type { WebServer } from './web-server.ts'

/** How long a module that exports no server may take, after its top level has settled, until it listens. */
const LISTEN_GRACE_MS = 2000

export interface LateListenOptions {
  readonly capture: Pick<ListenCapture, 'whenCaptured'>
  readonly isEntrypoint: boolean
  readonly clock: Clock
  /** Resolves when the thread has nothing left to do. */
  readonly whenIdle: () => Promise<void>
}

/**
 * `async function main() { await db.connect(); app.listen() }` listens a little after its module has loaded. An ordinary service that
 * has not listened within the grace is a background service: null. The entrypoint must have a server: it gets all of its start
 * timeout, unless its thread has nothing left to do, because then nothing can come any more.
 * @throws MeshrtError MESHRT_ENTRY_NO_SERVER
 */
export async function waitForListen(options: LateListenOptions): Promise<WebServer | null> {
  const { capture, isEntrypoint, clock, whenIdle } = options
  const early = await Promise.race([capture.whenCaptured(), elapsed(LISTEN_GRACE_MS, { clock, before: capture.whenCaptured() })])
  if (early !== null || !isEntrypoint) return early
  const late = await Promise.race([capture.whenCaptured(), whenIdle().then(() => null)])
  if (late === null) {
    throw new MeshrtError('MESHRT_ENTRY_NO_SERVER', 'Cannot serve the entrypoint: its module exports no server and never called listen()')
  }
  return late
}

/** The timer does not outlive the wait. */
function elapsed(delayMs: number, { clock, before }: { clock: Clock; before: Promise<unknown> }): Promise<null> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(delayMs, () => resolve(null))
    void before.then(cancel)
  })
}
