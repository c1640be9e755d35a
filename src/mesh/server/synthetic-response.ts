import { OutgoingMessage, ServerResponse, type IncomingMessage } from 'node:http'
import type { FakeSocket } from './fake-socket.ts'
import { storeHead, type ResponseHead, type ResponseInternals } from './response-head.ts'

export type SyntheticResponse = ServerResponse &
  ResponseInternals & {
    _send: typeof send
    _writeRaw: typeof writeRaw
    _storeHeader: typeof storeHeader
    _sent100: boolean
    _expect_continue: boolean
    _closed: boolean
  }

/** What a response's bytes and turns are told to, in place of a socket. */
export interface ResponseOutlet {
  onHead(head: ResponseHead): void
  /** False asks the handler to wait for `drain`. `posted` is to be called when the data has left. */
  onData(data: Uint8Array | string, encoding: BufferEncoding | null | undefined, posted: (() => void) | null): boolean
  /** The handler has ended the response. */
  onEnd(): void
  /** `finish` has been emitted. */
  onFinish(): void
}

/**
 * Emits `drain` if a write was refused before, as Node's own server does when a socket has drained. Not by `_flush()`: in
 * Node 22 that emits nothing unless the response itself has kept data back.
 */
export function emitDrain(res: SyntheticResponse): void {
  if (!res.writableNeedDrain) return
  if (needDrain !== undefined) (res as unknown as Record<symbol, unknown>)[needDrain] = false
  res.emit('drain')
}

// What `writableNeedDrain` looks at. Not public.
const needDrain = Object.getOwnPropertySymbols(new OutgoingMessage()).find((symbol) => symbol.description === 'kNeedDrain')

/** The outlet that a fake socket's owner is. */
type OutletSocket = Omit<FakeSocket, 'owner'> & { readonly owner: ResponseOutlet | null }

/**
 * A real ServerResponse whose lowest layer is replaced. By properties of its own and not by a subclass: Express sets the
 * prototype of `req` and `res`, and what a subclass had overridden would be gone.
 */
export function createResponse(req: IncomingMessage, socket: FakeSocket): SyntheticResponse {
  const res = new ServerResponse(req) as SyntheticResponse
  res._storeHeader = storeHeader
  res._send = send
  res._writeRaw = writeRaw
  res.on('prefinish', onPrefinish)
  res.on('finish', onFinish)
  res.assignSocket(socket as never)
  return res
}

function outletOf(res: SyntheticResponse): ResponseOutlet | null {
  return (res.socket as unknown as OutletSocket | null)?.owner ?? null
}

function storeHeader(this: SyntheticResponse, _firstLine: string, headers: unknown): void {
  const head = storeHead(this, headers)
  outletOf(this)?.onHead(head)
}

function send(
  this: SyntheticResponse,
  data: Uint8Array | string,
  encoding?: BufferEncoding | (() => void) | null,
  callback?: (() => void) | null,
): boolean {
  this._headerSent = true
  const posted = typeof encoding === 'function' ? encoding : (callback ?? null)
  const outlet = outletOf(this)
  if (outlet === null) {
    if (posted !== null) process.nextTick(posted)
    return false
  }
  return outlet.onData(data, typeof encoding === 'function' ? null : encoding, posted)
}

/** Only informational responses (100, 102, 103) come this way: nobody in the mesh waits for them. */
function writeRaw(this: SyntheticResponse, _data: unknown, encoding?: unknown, callback?: unknown): boolean {
  const posted = typeof encoding === 'function' ? encoding : callback
  if (typeof posted === 'function') process.nextTick(posted)
  return true
}

function onPrefinish(this: SyntheticResponse): void {
  outletOf(this)?.onEnd()
}

function onFinish(this: SyntheticResponse): void {
  outletOf(this)?.onFinish()
}
