import { AsyncResource } from 'node:async_hooks'
import type { Transferable } from 'node:worker_threads'
import type { WorkerKey } from '../model/ids.ts'
import type { ChannelLine, MeshFromWorker } from '../model/routes.ts'
import type { Channel, ChannelReceiver, Transport } from './channel.ts'
import type { Flusher } from './flusher.ts'
import { createLine, PortChannel } from './port-channel.ts'

/** The way to the coordinator. */
export interface MeshLink {
  send(message: MeshFromWorker, transfer?: readonly Transferable[]): void
}

/** Channels between threads of one process: one end is kept, the other handed to the target by the coordinator. */
export class ThreadTransport implements Transport {
  readonly #link: MeshLink
  readonly #flusher: Flusher
  // Ports belong to the endpoint and not to the request that happened to need one first.
  readonly #scope = new AsyncResource('MESHRT_CHANNEL', { requireManualDestroy: true })

  constructor(options: { readonly link: MeshLink; readonly flusher: Flusher }) {
    this.#link = options.link
    this.#flusher = options.flusher
  }

  connect(worker: WorkerKey, receiver: ChannelReceiver): Channel {
    return this.#scope.runInAsyncScope(() => {
      const { near, far } = createLine()
      const channel = new PortChannel(near, { side: 'caller', flusher: this.#flusher, receiver })
      this.#link.send({ type: 'connect', to: worker, line: far }, [far.port])
      return channel
    })
  }

  accept(line: ChannelLine, receiver: ChannelReceiver): Channel {
    return new PortChannel(line, { side: 'target', flusher: this.#flusher, receiver })
  }
}
