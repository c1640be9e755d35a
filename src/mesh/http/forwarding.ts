import type { Server } from 'node:http'
import type { WorkerKey } from '../../model/ids.ts'
import type { HttpPlace } from '../../model/routes.ts'
import { WorkerRow } from '../../model/worker-row.ts'
import type { Channel, ChannelReceiver, Transport } from '../channel.ts'
import { createLine, PortChannel } from '../port-channel.ts'
import { MeshServer, type MeshServerOptions } from '../server/mesh-server.ts'
import { createForwarder } from './forwarder.ts'

type ForwardingOptions = Omit<MeshServerOptions, 'row' | 'transport' | 'maxInFlight' | 'uploads'>

export interface ForwardingTarget {
  readonly worker: WorkerKey
  readonly place: HttpPlace
  readonly row: SharedArrayBuffer | null
}

/** The other end of a channel to an HTTP server: here, in the caller's own thread, where what leaves the mesh is made HTTP again. */
export class Forwarding {
  readonly #options: ForwardingOptions
  readonly #servers = new Map<WorkerKey, { readonly mesh: MeshServer; readonly server: Server }>()

  constructor(options: ForwardingOptions) {
    this.#options = options
  }

  connect(
    target: ForwardingTarget,
    { receiver, transport }: { readonly receiver: ChannelReceiver; readonly transport: Transport },
  ): Channel {
    const { near, far } = createLine()
    this.close(target.worker)
    const mesh = new MeshServer({
      ...this.#options,
      transport,
      row: target.row === null ? null : new WorkerRow(target.row),
      maxInFlight: 0,
      // Who is not there is found out before anything is read.
      uploads: 'when-read',
    })
    const server = createForwarder(target.place)
    mesh.serve(server)
    mesh.accept({ type: 'accept', from: target.worker, line: far })
    this.#servers.set(target.worker, { mesh, server })
    return new PortChannel(near, { side: 'caller', flusher: this.#options.flusher, receiver })
  }

  /** The target has ended, or there is a new line to it. */
  close(worker: WorkerKey): void {
    const one = this.#servers.get(worker)
    this.#servers.delete(worker)
    one?.mesh.close()
    one?.server.emit('close')
  }

  closeAll(): void {
    for (const worker of this.#servers.keys()) this.close(worker)
  }
}
