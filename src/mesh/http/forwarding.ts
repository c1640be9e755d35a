import type { Server } from 'node:http'
import type { WorkerKey } from '../../model/ids.ts'
import type { HttpPlace } from '../../model/routes.ts'
import { WorkerRow } from '../../model/worker-row.ts'
import type { Channel, ChannelReceiver, Transport } from '../channel.ts'
import type { MeshLink } from '../mesh-link.ts'
import { createLine, PortChannel } from '../port-channel.ts'
import { MeshServer, type MeshServerOptions } from '../server/mesh-server.ts'
import { createForwarder } from './forwarder.ts'

/** How soon the runtime hears of what is counted. */
const COUNT_MS = 100

type ForwardingOptions = Omit<MeshServerOptions, 'row' | 'transport' | 'maxInFlight' | 'uploads'>

export interface ForwardingTarget {
  readonly worker: WorkerKey
  readonly place: HttpPlace
  readonly row: SharedArrayBuffer | null
}

/** The other end of a channel to an HTTP server: here, in the caller's own thread, where what leaves the mesh is made HTTP again. */
export class Forwarding {
  readonly #options: ForwardingOptions
  readonly #link: MeshLink
  /** Of targets that this worker shares no memory with: its count goes on over new lines. */
  readonly #rows = new Map<WorkerKey, WorkerRow>()
  readonly #servers = new Map<WorkerKey, { readonly mesh: MeshServer; readonly server: Server }>()

  constructor(options: ForwardingOptions & { readonly link: MeshLink }) {
    this.#options = options
    this.#link = options.link
  }

  connect(
    target: ForwardingTarget,
    { receiver, transport }: { readonly receiver: ChannelReceiver; readonly transport: Transport },
  ): Channel {
    const { near, far } = createLine()
    this.#drop(target.worker)
    this.#link.send({ type: 'forwards', to: target.worker })
    const mesh = new MeshServer({
      ...this.#options,
      transport,
      row: target.row === null ? this.#ownRow(target.worker) : new WorkerRow(target.row),
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

  /** Where no memory is shared with the runtime, it is told what is counted. */
  #ownRow(target: WorkerKey): WorkerRow {
    const known = this.#rows.get(target)
    if (known) return known
    const row = new WorkerRow()
    this.#rows.set(target, row)
    const { clock } = this.#options
    let isPlanned = false
    let wasIdle = true
    const tell = (): void => this.#link.send({ type: 'forwarded', to: target, cells: row.cells })
    row.onCount = () => {
      const isFirst = wasIdle && row.inFlight > 0
      wasIdle = row.inFlight === 0
      if (isFirst) tell()
      if (isPlanned) return
      isPlanned = true
      clock.schedule(COUNT_MS, () => {
        isPlanned = false
        tell()
      })
    }
    return row
  }

  /** The target has ended. */
  close(worker: WorkerKey): void {
    this.#drop(worker)
    this.#rows.delete(worker)
  }

  closeAll(): void {
    for (const worker of this.#servers.keys()) this.close(worker)
  }

  /** There may be a new line to it. */
  #drop(worker: WorkerKey): void {
    const one = this.#servers.get(worker)
    this.#servers.delete(worker)
    one?.mesh.close()
    one?.server.emit('close')
  }
}
