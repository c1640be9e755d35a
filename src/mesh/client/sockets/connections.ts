import type { Socket } from 'node:net'
import { MeshrtError } from '../../../errors/meshrt-error.ts'
import { parseConnection, type ConnectionRequest } from './connection-arguments.ts'
import { connectByTunnel, disconnect } from './tunnel-socket.ts'
import type { TunnelPlace } from './tunnel.ts'

export interface MeshConnections {
  /** What stands before the mesh domain; null for a host outside. */
  serviceOf(host: string): string | null
  /** Why nothing can be sent to the service; null when there is a way. */
  refusal(service: string): Error | null
  readonly submit: TunnelPlace['submit']
}

type Connect = (this: Socket, ...args: unknown[]) => Socket

/**
 * Lets every connection to a mesh host go through the mesh, whoever opens it: node:http with any agent, and all that is built on it or on
 * net. In `Socket.prototype.connect`, because `net.connect`, `tls.connect` and `new Socket().connect` all end there, also where
 * somebody took hold of them before (the agents of Node 22 do), so that no name of a mesh host reaches DNS. The returned function takes it out again.
 */
export function installConnections(mesh: MeshConnections): () => void {
  const prototype = process.getBuiltinModule('node:net').Socket.prototype
  // The patch has to call it with any socket as `this`.
  // oxlint-disable-next-line typescript/unbound-method
  const original = prototype.connect as Connect
  let installed = true
  const connect: Connect = function (...args) {
    const request = installed ? parseConnection(args) : null
    const service = request === null ? null : mesh.serviceOf(request.host)
    if (request === null || service === null) {
      disconnect(this)
      return original.apply(this, args)
    }
    open(this, { request, service, mesh })
    return this
  }
  prototype.connect = connect
  return () => {
    installed = false
    // Somebody may have put a function of their own in front, which still calls this one.
    if (prototype.connect === (connect as Socket['connect'])) prototype.connect = original
  }
}

function open(socket: Socket, to: { readonly request: ConnectionRequest; readonly service: string; readonly mesh: MeshConnections }): void {
  const { request, service, mesh } = to
  if ('encrypted' in socket && socket.encrypted === true) {
    const error = new MeshrtError('MESHRT_MESH_HTTPS', `Cannot call "${request.host}" over TLS: the mesh is not a network`)
    process.nextTick(() => void socket.destroy(error))
    return
  }
  connectByTunnel(socket, {
    request,
    place: { service, submit: (call, sink) => mesh.submit(call, sink) },
    refusal: () => mesh.refusal(service),
  })
}
