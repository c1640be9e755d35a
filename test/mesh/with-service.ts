import { EventEmitter } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import type { MeshEndpoint } from '../../src/mesh/endpoint.ts'
import type { MeshSpec } from '../../src/model/spec.ts'
import { MeshRig } from './mesh-rig.ts'

export const SVC = 'http://svc.plt.local'

/** What handlers in this thread tell their test. */
export const handled = new EventEmitter()

/** One caller with its dispatchers installed, and one service `svc` with this handler. */
export async function withService<T>(
  listener: RequestListener | Server,
  use: (at: { caller: MeshEndpoint; rig: MeshRig; served: Awaited<ReturnType<MeshRig['serve']>> }) => Promise<T>,
  mesh: Partial<MeshSpec> = {},
): Promise<T> {
  const rig = new MeshRig({ mesh })
  // Mesh ports do not keep a process alive, and here they are all there is.
  const alive = setInterval(() => {}, 1_000)
  try {
    const caller = rig.caller()
    const served = await rig.serve('svc', listener)
    caller.installClients()
    return await use({ caller, rig, served })
  } finally {
    clearInterval(alive)
    await rig.close()
  }
}
