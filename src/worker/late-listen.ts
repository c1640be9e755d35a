import { MeshrtError } from '../errors/meshrt-error.ts'
import type { ServiceType } from '../model/spec.ts'
import type { WebServer } from './web-server.ts'

/** How long a module that exports no server may take, after its top level has settled, until it listens. */
const LISTEN_GRACE_MS = 2000

export interface LateListenOptions {
  readonly type: Exclude<ServiceType, 'oneshot'>
  readonly isEntrypoint: boolean
  readonly captured: Promise<WebServer>
  readonly watchIdle: () => IdleWatch
}

/** Looks whether the thread has nothing left to do. */
export interface IdleWatch {
  readonly idle: Promise<void>
  end(): void
}

/**
 * `async function main() { await db.connect(); app.listen() }` listens a little after its module has loaded. A service of no declared
 * type that has not listened within the grace, or whose thread has nothing left to do, is a background service: null. One that must
 * have a server gets all of its start timeout, unless its thread has nothing left to do, because then nothing can come any more.
 * @throws MeshrtError MESHRT_ENTRY_NO_SERVER
 */
export async function waitForListen({ type, isEntrypoint, captured, watchIdle }: LateListenOptions): Promise<WebServer | null> {
  if (type === 'background') return null
  const mustServe = isEntrypoint || type === 'service'
  const grace = mustServe ? null : unheldDelay(LISTEN_GRACE_MS)
  const watch = watchIdle()
  const ends = [captured, watch.idle.then(() => null), ...(grace ? [grace.over] : [])]
  try {
    const server = await Promise.race(ends)
    if (server !== null || !mustServe) return server
  } finally {
    grace?.cancel()
    watch.end()
  }
  const what = isEntrypoint ? 'the entrypoint' : 'it as a service'
  throw new MeshrtError('MESHRT_ENTRY_NO_SERVER', `Cannot serve ${what}: its module exports no server and never called listen()`)
}

/** Does not count as something that the thread has to do. */
function unheldDelay(delayMs: number): { readonly over: Promise<null>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(() => resolve(null), delayMs)
  timer.unref()
  return { over: promise, cancel: () => clearTimeout(timer) }
}
