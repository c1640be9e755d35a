import { AsyncResource } from 'node:async_hooks'
import { join } from 'node:path'
import type { Clock } from '../model/clock.ts'
import type { WorkerKey } from '../model/ids.ts'
import type { ChannelLine, SocketLine, Target } from '../model/routes.ts'
import type { Channel, ChannelReceiver, Transport } from './channel.ts'
import { ClosedChannel } from './closed-channel.ts'
import type { Flusher } from './flusher.ts'
import { Forwarding } from './http/forwarding.ts'
import type { MeshLink } from './mesh-link.ts'
import { createLine, PortChannel } from './port-channel.ts'
import type { LineSockets } from './socket/line-sockets.ts'
import { SocketChannel } from './socket/socket-channel.ts'

/** Where this end of the mesh lives. */
export interface Surroundings {
  readonly place: 'thread' | 'process'
  /** The folder of the lines that are sockets; null where there are no processes. */
  readonly lineDir: string | null
  readonly sockets: LineSockets
}

interface TransportOptions {
  readonly link: MeshLink
  readonly flusher: Flusher
  readonly surroundings: Surroundings
  readonly clock: Clock
  readonly streamThresholdBytes: number
}

/** Channels of both kinds: one end is kept, the other handed to the target by the coordinator. */
export class MeshTransport implements Transport {
  readonly #options: TransportOptions
  readonly #forwarding: Forwarding
  readonly #socketChannels = new Set<SocketChannel>()
  // Lines belong to the endpoint and not to the request that happened to need one first.
  readonly #scope = new AsyncResource('MESHRT_CHANNEL', { requireManualDestroy: true })

  constructor(options: TransportOptions) {
    this.#options = options
    this.#forwarding = new Forwarding(options)
  }

  connect(target: Pick<Target, 'worker' | 'place' | 'row'>, receiver: ChannelReceiver): Channel {
    return this.#scope.runInAsyncScope(() => this.#connect(target, receiver))
  }

  /** Whether everything that was sent is the system's to deliver. */
  get isFlushed(): boolean {
    for (const channel of this.#socketChannels) {
      if (channel.pendingBytes > 0) return false
      if (channel.closed) this.#socketChannels.delete(channel)
    }
    return true
  }

  /** The worker has ended. */
  ended(worker: WorkerKey): void {
    this.#forwarding.close(worker)
  }

  close(): void {
    this.#forwarding.closeAll()
  }

  #connect({ worker, place, row }: Pick<Target, 'worker' | 'place' | 'row'>, receiver: ChannelReceiver): Channel {
    if (typeof place === 'object') return this.#forwarding.connect({ worker, place, row }, { receiver, transport: this })
    const bothThreads = place === 'thread' && this.#options.surroundings.place === 'thread'
    return bothThreads ? this.#openPort(worker, receiver) : this.#openSocket(worker, receiver)
  }

  accept(line: ChannelLine, receiver: ChannelReceiver): Channel {
    const { flusher } = this.#options
    switch (line.kind) {
      case 'port':
        return new PortChannel(line, { side: 'target', flusher, receiver })
      case 'socket':
        return this.#scope.runInAsyncScope(() => this.#open(line, { side: 'target', receiver }))
    }
  }

  /** Those that are over. */
  #forget(): void {
    for (const channel of this.#socketChannels) if (channel.closed && channel.pendingBytes === 0) this.#socketChannels.delete(channel)
  }

  #openPort(worker: WorkerKey, receiver: ChannelReceiver): Channel {
    const { link, flusher } = this.#options
    const { near, far } = createLine()
    const channel = new PortChannel(near, { side: 'caller', flusher, receiver })
    link.send({ type: 'connect', to: worker, line: far }, [far.port])
    return channel
  }

  #openSocket(worker: WorkerKey, receiver: ChannelReceiver): Channel {
    const { link, surroundings } = this.#options
    if (surroundings.lineDir === null) return new ClosedChannel(receiver)
    // Not imported: it costs each thread 7 ms, and only lines to and from processes need it.
    const { randomBytes } = process.getBuiltinModule('node:crypto')
    const line: SocketLine = { kind: 'socket', path: join(surroundings.lineDir, randomBytes(NAME_BYTES).toString('hex')) }
    const channel = this.#open(line, { side: 'caller', receiver })
    link.send({ type: 'connect', to: worker, line })
    return channel
  }

  #open({ path }: SocketLine, { side, receiver }: { readonly side: 'caller' | 'target'; readonly receiver: ChannelReceiver }): Channel {
    const { flusher, surroundings } = this.#options
    const channel = openSocketChannel({ ledger: ledgerOf(path), side, flusher, receiver })
    if (channel === null) return new ClosedChannel(receiver)
    this.#forget()
    this.#socketChannels.add(channel)
    const arrived = side === 'caller' ? surroundings.sockets.listen(path) : surroundings.sockets.connect(path)
    void arrived.then(
      (socket) => channel.attach(socket),
      () => channel.attach(null),
    )
    return channel
  }
}

function openSocketChannel(options: ConstructorParameters<typeof SocketChannel>[0]): SocketChannel | null {
  try {
    return new SocketChannel(options)
  } catch {
    // The disk is full, or the other end has gone and taken the ledger along: as a line that breaks at once.
    return null
  }
}

/** `sun_path` is short. */
const NAME_BYTES = 6

function ledgerOf(path: string): string {
  return `${path}.l`
}
