import type { Server } from 'node:http'
import type { ErrorCode } from '../../errors/catalogue.ts'
import type { Clock } from '../../model/clock.ts'
import type { Cut } from '../../model/cut.ts'
import type { ChannelLine } from '../../model/routes.ts'
import type { WorkerRow } from '../../model/worker-row.ts'
import type { Channel, ChannelReceiver, Transport } from '../channel.ts'
import {
  CANCEL,
  closeStreamsOf,
  CONNECT,
  FAIL,
  GOAWAY,
  inspectCallerFrame,
  LINE,
  REQUEST,
  RESPONSE,
  UTF8,
  type CallerFrame,
  type RequestFrame,
  type TargetFrame,
} from '../frames.ts'
import { PendingTable } from '../pending-table.ts'
import type { StreamBegin } from '../stream/consumer.ts'
import type { StreamPort } from '../stream/stream-port.ts'
import type { LineMessage } from '../tunnel/protocol.ts'
import { ServerExchange, type ServerExchangeHost } from './exchange.ts'
import type { Admission } from './admission.ts'
import type { SocketPool } from './fake-socket.ts'
import { ServerTunnel, type ServerTunnelHost } from './tunnel.ts'

/** What all callers' links of a worker share. */
export interface ServerContext {
  readonly row: WorkerRow | null
  readonly clock: Clock
  readonly sockets: SocketPool
  readonly transport: Transport
  readonly streamThresholdBytes: number
  readonly uploads: StreamBegin
  /** Null before `serve`. */
  server(): Server | null
  readonly admission: Admission
  /** Called whenever a response is over. */
  onResponded(): void
}

/** The target's end of a channel: the requests of one caller that are being handled here. */
export class CallerLink implements ChannelReceiver, ServerExchangeHost, ServerTunnelHost {
  readonly streamThresholdBytes: number
  readonly uploads: StreamBegin
  readonly #context: ServerContext
  readonly #onClosed: () => void
  readonly #channel: Channel
  readonly #active = new PendingTable<ServerExchange | ServerTunnel>()
  #lastId = 0
  #leaving = false

  constructor(line: ChannelLine, options: { readonly context: ServerContext; readonly onClosed: () => void }) {
    this.#context = options.context
    this.#onClosed = options.onClosed
    this.streamThresholdBytes = options.context.streamThresholdBytes
    this.uploads = options.context.uploads
    this.#channel = options.context.transport.accept(line, this)
  }

  get inFlight(): number {
    return this.#active.size
  }

  /** What comes from now on was never taken: the caller is told so and sends it elsewhere. */
  goAway(): void {
    if (this.#leaving) return
    this.#leaving = true
    this.#channel.stopCounting()
    this.#channel.send([GOAWAY, this.#lastId])
  }

  /** Breaks off what is still being handled. */
  cut(reason: string): Cut {
    let upgraded = 0
    for (const exchange of this.#active.all()) if (exchange instanceof ServerTunnel && exchange.isUpgraded) upgraded++
    const cut = { requests: this.#active.size - upgraded, upgraded }
    for (const exchange of this.#active.all()) exchange.cut(reason)
    return cut
  }

  /** The caller has ended: its handlers see their connections close. */
  onClosed(): void {
    // Nothing that still waits in the port is worth doing.
    this.#channel.close()
    for (const exchange of this.#active.all()) exchange.cancel()
    this.#onClosed()
  }

  close(): void {
    this.cut('the worker is ending')
    for (const upgraded of this.#active.all()) if (upgraded instanceof ServerTunnel) upgraded.close()
    this.#channel.close()
  }

  onFrame(value: unknown): void {
    const inspected = inspectCallerFrame(value)
    if (!inspected.ok) {
      closeStreamsOf(value)
      if (inspected.id === null || this.#leaving) return
      this.#lastId = Math.max(this.#lastId, inspected.id)
      this.fail(inspected.id, 'MESHRT_MESH_INVALID_REQUEST', `Cannot send the request: ${inspected.problem}`)
      return
    }
    this.#handle(inspected.frame)
  }

  /** A request is done elsewhere; what comes with it concerns those that were taken before. */
  onRevoked(value: unknown): void {
    const inspected = inspectCallerFrame(value)
    if (inspected.ok && inspected.frame[0] !== REQUEST) this.#handle(inspected.frame)
    else closeStreamsOf(value)
  }

  openStream(): { readonly near: StreamPort; readonly far: StreamPort } {
    return this.#channel.openStream()
  }

  send(frame: TargetFrame, far?: StreamPort): void {
    this.#channel.send(frame, far)
  }

  fail(id: number, code: ErrorCode, message: string): void {
    this.send([FAIL, id, code, message])
  }

  onResponded(exchange: ServerExchange): void {
    if (!this.#active.remove(exchange)) return
    this.#context.admission.leave()
    this.#context.row?.requestFinished(this.#context.clock.nowMs() - exchange.startedMs)
    this.#context.onResponded()
  }

  sendOn(id: number, message: LineMessage, given?: ArrayBuffer): void {
    this.#channel.send([LINE, id, message], given)
  }

  onAnswered(tunnel: ServerTunnel): void {
    // An upgraded connection is no request any more.
    this.#context.admission.leave()
    this.#context.row?.requestFinished(this.#context.clock.nowMs() - tunnel.startedMs)
  }

  onTunnelClosed(tunnel: ServerTunnel, end: 'closed' | 'cancelled'): void {
    if (!this.#active.remove(tunnel)) return
    if (end === 'closed') this.#channel.send([RESPONSE, tunnel.id, 200, '', [], null, UTF8, []])
    this.#context.onResponded()
  }

  onSettled(exchange: ServerExchange): void {
    this.#context.sockets.give(exchange.socket)
  }

  #handle(frame: CallerFrame): void {
    switch (frame[0]) {
      case REQUEST:
        if (this.#leaving) closeStreamsOf(frame)
        else this.#take(frame)
        return
      case CANCEL:
        this.#active.get(frame[1])?.cancel()
        return
      case LINE: {
        const tunnel = this.#active.get(frame[1])
        if (tunnel instanceof ServerTunnel) tunnel.receive(frame[2])
        return
      }
    }
  }

  #take(frame: RequestFrame): void {
    const id = frame[1]
    const { row, clock } = this.#context
    const server = this.#context.server()
    if (this.#active.get(id) !== undefined) {
      closeStreamsOf(frame)
      return
    }
    this.#lastId = Math.max(this.#lastId, id)
    if (server === null) {
      closeStreamsOf(frame)
      this.fail(id, 'MESHRT_MESH_NOT_ROUTABLE', 'Cannot handle the request: this worker has no server')
      return
    }
    if (!this.#context.admission.enter()) {
      closeStreamsOf(frame)
      row?.count('sheds')
      this.fail(id, 'MESHRT_MESH_OVERLOADED', 'Cannot take the request: this worker has as many as it may')
      return
    }
    row?.requestStarted()
    const exchange = frame[2] === CONNECT ? new ServerTunnel(frame, { server, host: this, clock }) : this.#exchangeFor(frame, server)
    this.#active.add(exchange)
    exchange.dispatch()
  }

  #exchangeFor(frame: RequestFrame, server: Server): ServerExchange {
    const { clock, sockets } = this.#context
    return new ServerExchange(frame, { socket: sockets.take(), server, host: this, nowMs: clock.nowMs() })
  }
}
