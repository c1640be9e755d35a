import { installConnections, type MeshConnections } from './sockets/connections.ts'
import { installDispatchers, type Dispatcher } from './undici/global.ts'
import type { DispatchOptions } from './undici/dispatch-options.ts'
import { MeshFetch, type MeshFetchOptions } from './fetch/mesh-fetch.ts'

type Mesh = Dispatcher &
  Pick<MeshFetchOptions, 'defaults' | 'resolve' | 'submit'> &
  MeshConnections & { takes(options: DispatchOptions): boolean }

/**
 * Makes the clients of this thread reach mesh hosts, in layers: each catches what the one before does not see. The returned function
 * puts back what was there.
 */
export function installClients(mesh: Mesh): () => void {
  const dispatchers = installDispatchers(mesh)
  const uninstallFetch = installFetch(mesh, () => dispatchers.isInFront())
  const uninstallConnections = installConnections(mesh)
  return () => {
    uninstallConnections()
    uninstallFetch()
    dispatchers.uninstall()
  }
}

function installFetch(mesh: Mesh, isInFront: () => boolean): () => void {
  const original = globalThis.fetch
  const meshFetch = new MeshFetch({
    ...mesh,
    original,
    isInFront,
    resolve: (origin) => mesh.resolve(origin),
    submit: (call, sink) => mesh.submit(call, sink),
  })
  const fetch: typeof globalThis.fetch = (input, init) => meshFetch.fetch(input, init)
  // As the original's.
  Object.defineProperty(fetch, 'length', { value: original.length, configurable: true })
  globalThis.fetch = fetch
  return () => {
    // Whoever has wrapped it since keeps his own.
    if (globalThis.fetch === fetch) globalThis.fetch = original
  }
}
