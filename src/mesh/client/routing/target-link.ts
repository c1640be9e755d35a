import type { ErrorCode } from '../../../errors/catalogue.ts'
import type { WorkerKey } from '../../../model/ids.ts'
import type { Target } from '../../../model/routes.ts'
import type { Channel, ChannelReceiver, Transport } from '../../channel.ts'
import { CANCEL, closeStreamsOf, FAIL, GOAWAY, inspectTargetFrame, LINE, REQUEST, RESPONSE, UTF8, type TargetFrame } from '../../frames.ts'
import { PendingTable } from '../../pending-table.ts'
import type { LineCarrier } from '../../tunnel/line.ts'
import type { LineMessage } from '../../tunnel/protocol.ts'
import type { Carrier, ClientExchange } from '../exchange.ts'
import { failure } from '../errors.ts'

/** What a link tells of its target. */
export interface LinkEvents {
  /** It takes no more; these were not taken and belong elsewhere. */
  onGoAway(untaken: readonly ClientExchange[]): void
  /** It has ended. */
  onLost(lost: { readonly untaken: readonly ClientExchange[]; readonly taken: readonly ClientExchange[] }): void
  /** It had no room for this one, and has not begun with it. */
  onShed(exchange: ClientExchange): void
  /** It could not be reached for this one, which has not been begun with. */
  onUnreachable(exchange: ClientExchange): void
  /** It was lost while it had this one, and only for this one. */
  onBroken(exchange: ClientExchange): void
  /** It did not answer a request as a server should. */
  onFailed(exchange: ClientExchange, code: ErrorCode): void
  /** Only while the link is `watched`. */
  onAnswered(exchange: ClientExchange): void
  /** Only while the link is `watched`: it is over, however. */
  onReleased(exchange: ClientExchange): void
}

/** The caller's end of a channel: the requests that are under way to one target. */
export class TargetLink implements ChannelReceiver, Carrier, LineCarrier {
  readonly worker: WorkerKey
  readonly #events: LinkEvents
  readonly #channel: Channel
  readonly #pending = new PendingTable<ClientExchange>()
  /** Whether good news is wanted too; else only bad news is told, so that a request costs nothing here. */
  watched = false
  #lastId = 0
  #goneAway = false

  constructor(target: Pick<Target, 'worker' | 'place' | 'row'>, options: { readonly transport: Transport; readonly events: LinkEvents }) {
    this.worker = target.worker
    this.#events = options.events
    this.#channel = options.transport.connect(target, this)
  }

  /** False from the moment on that the target said it is leaving. */
  get usable(): boolean {
    return !this.#goneAway
  }

  /** Sent, and not come to by the target. */
  get waiting(): number {
    return this.#channel.waiting
  }

  /** Sent, and not answered to the end. */
  get pending(): number {
    return this.#pending.size
  }

  /** Ordinal of the last frame sent. */
  get sent(): number {
    return this.#channel.sent
  }

  hasPassed(ordinal: number): boolean {
    return this.#channel.hasPassed(ordinal)
  }

  send(exchange: ClientExchange): void {
    const { call, body } = exchange
    const id = ++this.#lastId
    exchange.sent(this, id)
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
    if (this.watched) this.#events.onReleased(exchange)
    if (end === 'cancelled') this.#channel.send([CANCEL, exchange.id])
    this.#closeWhenDone()
  }

  timedOut(exchange: ClientExchange): void {
    if (this.#pending.get(exchange.id) === exchange) this.#events.onFailed(exchange, 'MESHRT_MESH_TIMEOUT')
  }

  /** Takes back the requests that the target has not taken, so that they can be sent elsewhere: it will not handle them any more. */
  revoke(): readonly ClientExchange[] {
    if (!this.#channel.revoke()) return []
    return this.#withdraw((exchange) => exchange.stage === 'sent' && !this.#channel.wasTaken(exchange.ordinal))
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
      if (exchange !== undefined) {
        this.#fail(exchange, 'MESHRT_MESH_ABORTED', `Cannot read the response of worker ${this.worker}: ${inspected.problem}`)
      }
    }
  }

  /** Targets take nothing back; were one to, its answer is missing and the request times out. */
  onRevoked(value: unknown): void {
    closeStreamsOf(value)
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
    this.#events.onLost({ untaken, taken })
  }

  #handle(frame: TargetFrame): void {
    const exchange = frame[0] === GOAWAY ? undefined : this.#pending.get(frame[1])
    switch (frame[0]) {
      case RESPONSE: {
        if (exchange === undefined || exchange.stage !== 'sent') {
          closeStreamsOf(frame)
          return
        }
        if (this.watched) this.#events.onAnswered(exchange)
        exchange.respond(frame)
        return
      }
      case LINE:
        if (exchange === undefined) return
        // A tunnel's response comes with its end: that it is alive shows before.
        if (this.watched) this.#events.onAnswered(exchange)
        exchange.call.tunnel?.receive(frame[2])
        return
      case FAIL:
        if (exchange !== undefined) this.#fail(exchange, frame[2], frame[3])
        return
      case GOAWAY:
        this.#goAway(frame[1])
        return
    }
  }

  #fail(exchange: ClientExchange, code: ErrorCode, message: string): void {
    const tell = exchange.stage === 'sent' ? this.#howElse(code) : null
    if (tell !== null) {
      this.#pending.remove(exchange)
      tell(exchange)
      this.#closeWhenDone()
      return
    }
    // The caller's own mistake says nothing about the target; nor does a body that breaks off after a good head.
    if (code !== 'MESHRT_MESH_INVALID_REQUEST' && exchange.stage === 'sent') this.#events.onFailed(exchange, code)
    exchange.fail(failure(code, message))
  }

  /** What is told of a failure that is not yet one for the caller: another target may do better. */
  #howElse(code: ErrorCode): ((exchange: ClientExchange) => void) | null {
    switch (code) {
      case 'MESHRT_MESH_OVERLOADED':
        return (exchange) => this.#events.onShed(exchange)
      case 'MESHRT_MESH_UNREACHABLE':
        return (exchange) => this.#events.onUnreachable(exchange)
      case 'MESHRT_MESH_TARGET_LOST':
        return (exchange) => this.#events.onBroken(exchange)
      default:
        return null
    }
  }

  #goAway(lastId: number): void {
    this.#goneAway = true
    this.#events.onGoAway(this.#withdraw((exchange) => exchange.id > lastId))
    this.#closeWhenDone()
  }

  #withdraw(belongsElsewhere: (exchange: ClientExchange) => boolean): readonly ClientExchange[] {
    const withdrawn = this.#pending.all().filter(belongsElsewhere)
    for (const exchange of withdrawn) this.#pending.remove(exchange)
    return withdrawn
  }

  #closeWhenDone(): void {
    if (this.#goneAway && this.#pending.size === 0) this.#channel.close()
  }
}

const NO_BODY = { text: null, encoding: UTF8 } as const
