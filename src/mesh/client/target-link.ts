import type { WorkerKey } from '../../model/ids.ts'
import type { Channel, ChannelReceiver, Transport } from '../channel.ts'
import { CANCEL, closeStreamsOf, FAIL, GOAWAY, inspectTargetFrame, LINE, REQUEST, RESPONSE, UTF8, type TargetFrame } from '../frames.ts'
import { PendingTable } from '../pending-table.ts'
import type { LineCarrier } from '../tunnel/line.ts'
import type { LineMessage } from '../tunnel/protocol.ts'
import type { ClientExchange } from './exchange.ts'
import { failure } from './errors.ts'

export interface TargetLinkOptions {
  readonly worker: WorkerKey
  readonly transport: Transport
  /** The target takes no more; these were not taken and belong elsewhere. */
  readonly onGoAway: (untaken: readonly ClientExchange[]) => void
  /** The target has ended. */
  readonly onLost: (lost: { readonly untaken: readonly ClientExchange[]; readonly taken: readonly ClientExchange[] }) => void
}

/** The caller's end of a channel: the requests that are under way to one target. */
export class TargetLink implements ChannelReceiver, LineCarrier {
  readonly worker: WorkerKey
  readonly #options: TargetLinkOptions
  readonly #channel: Channel
  readonly #pending = new PendingTable<ClientExchange>()
  #lastId = 0
  #goneAway = false

  constructor(options: TargetLinkOptions) {
    this.worker = options.worker
    this.#options = options
    this.#channel = options.transport.connect(options.worker, this)
  }

  /** False from the moment on that the target said it is leaving. */
  get usable(): boolean {
    return !this.#goneAway
  }

  send(exchange: ClientExchange): void {
    const { call, body } = exchange
    const id = ++this.#lastId
    exchange.sent({ worker: this.worker, id })
    this.#pending.add(exchange)
    if (body.kind === 'stream') {
      const { near, far } = this.#channel.openStream()
      exchange.upload(near)
      exchange.ordinal = this.#channel.send([REQUEST, id, call.method, call.path, call.headers, far, UTF8], far)
      return
    }
    const inline = body.kind === 'inline' ? body : NO_BODY
    exchange.ordinal = this.#channel.send([REQUEST, id, call.method, call.path, call.headers, inline.text, inline.encoding])
    call.tunnel?.attach(this, id)
  }

  sendOn(id: number, message: LineMessage, given?: ArrayBuffer): void {
    this.#channel.send([LINE, id, message], given)
  }

  /** It is over for the caller; the target is told if it would go on for nothing. */
  release(exchange: ClientExchange, end: 'complete' | 'cancelled'): void {
    if (!this.#pending.remove(exchange)) return
    if (end === 'cancelled') this.#channel.send([CANCEL, exchange.id])
    this.#closeWhenDone()
  }

  /** The target's thread has ended: what it still sent is handled first. */
  targetEnded(): void {
    this.#channel.drainInbox()
    this.#channel.close()
    this.onClosed()
  }

  close(): void {
    this.#channel.close()
  }

  onFrame(value: unknown): void {
    const inspected = inspectTargetFrame(value)
    if (inspected.ok) this.#handle(inspected.frame)
    else {
      closeStreamsOf(value)
      const exchange = inspected.id === null ? undefined : this.#pending.get(inspected.id)
      exchange?.fail(failure('MESHRT_MESH_ABORTED', `Cannot read the response of worker ${this.worker}: ${inspected.problem}`))
    }
  }

  onClosed(): void {
    const untaken: ClientExchange[] = []
    const taken: ClientExchange[] = []
    for (const exchange of this.#pending.all()) {
      // Once its head is there, a response is on its own: what was sent of it is in its own port and ends or breaks off there.
      if (exchange.stage !== 'sent') continue
      if (this.#channel.wasTaken(exchange.ordinal)) taken.push(exchange)
      else untaken.push(exchange)
    }
    this.#pending.clear()
    this.#options.onLost({ untaken, taken })
  }

  #handle(frame: TargetFrame): void {
    switch (frame[0]) {
      case RESPONSE: {
        const exchange = this.#pending.get(frame[1])
        if (exchange === undefined || exchange.stage !== 'sent') closeStreamsOf(frame)
        else exchange.respond(frame)
        return
      }
      case LINE:
        this.#pending.get(frame[1])?.call.tunnel?.receive(frame[2])
        return
      case FAIL:
        this.#pending.get(frame[1])?.fail(failure(frame[2], frame[3]))
        return
      case GOAWAY:
        this.#goAway(frame[1])
        return
    }
  }

  #goAway(lastId: number): void {
    this.#goneAway = true
    const untaken: ClientExchange[] = []
    for (const exchange of this.#pending.all()) {
      if (exchange.id <= lastId) continue
      this.#pending.remove(exchange)
      untaken.push(exchange)
    }
    this.#options.onGoAway(untaken)
    this.#closeWhenDone()
  }

  #closeWhenDone(): void {
    if (this.#goneAway && this.#pending.size === 0) this.#channel.close()
  }
}

const NO_BODY = { text: null, encoding: UTF8 } as const
