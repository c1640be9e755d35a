import type { Socket } from 'node:net'
import { toPiece, toPieces, type WrittenChunk } from '../../tunnel/pieces.ts'
import type { ConnectionRequest } from './connection-arguments.ts'
import { ClientTunnel, type TunnelPlace } from './tunnel.ts'

/** Members of net.Socket that its types do not show, the same on every Node version that meshrt supports. */
interface SocketInternals {
  connecting: boolean
  _peername: object | null
  _undestroy(): void
  _unrefTimer(): void
}

type TunnelSocket = Socket & SocketInternals & { [TUNNEL]: ClientTunnel }

const TUNNEL = Symbol('tunnel')
const ADDRESS = '127.0.0.1'

/**
 * Makes this socket one whose bytes go through a tunnel. The socket stays the net.Socket that the caller has made, with Node's own events, timeouts
 * and buffers, but has no handle; what would use one is replaced, by a prototype in between.
 */
export function connectByTunnel(
  given: Socket,
  { request, place, refusal }: { readonly request: ConnectionRequest; readonly place: TunnelPlace; readonly refusal: () => Error | null },
): void {
  disconnect(given)
  const socket = Object.setPrototypeOf(given, tunnelPrototypeOf(given)) as TunnelSocket
  if (request.onConnect !== null) socket.once('connect', request.onConnect)
  if (socket.destroyed) socket._undestroy()
  socket[TUNNEL] = new ClientTunnel(
    {
      push: (bytes) => {
        if (socket.destroyed || socket.readableEnded) return true
        socket._unrefTimer()
        return socket.push(bytes)
      },
      fail: (error) => void socket.destroy(error),
    },
    place,
  )
  socket._peername = { address: ADDRESS, family: 'IPv4', port: request.port }
  socket.connecting = true
  socket._unrefTimer()
  process.nextTick(() => {
    if (socket.destroyed) return
    const error = refusal()
    if (error === null) opened(socket)
    else socket.destroy(error)
  })
}

/** Before the socket is used for another connection. */
export function disconnect(socket: Socket): void {
  if (!(TUNNEL in socket)) return
  const connected = socket as Socket & { [TUNNEL]?: ClientTunnel }
  connected[TUNNEL]?.close()
  delete connected[TUNNEL]
  Object.setPrototypeOf(socket, Object.getPrototypeOf(Object.getPrototypeOf(socket) as object) as object)
}

function opened(socket: TunnelSocket): void {
  socket.connecting = false
  socket.emit('connect')
  socket.emit('ready')
  // Begins to read, as a socket does that has connected.
  if (socket.readable && !socket.isPaused()) socket.read(0)
}

const prototypes = new WeakMap<object, object>()

/** One for each class of sockets, net.Socket's and any that extends it. */
function tunnelPrototypeOf(socket: Socket): object {
  const base = Object.getPrototypeOf(socket) as object
  const known = prototypes.get(base)
  if (known !== undefined) return known
  const prototype = Object.create(base, { ...methods(base as Socket), ...GETTERS }) as object
  prototypes.set(base, prototype)
  return prototype
}

function methods(base: Socket): PropertyDescriptorMap {
  const members: Partial<Record<keyof Socket, unknown>> = {
    _read(this: TunnelSocket): void {
      this[TUNNEL].resume()
    },
    _write(this: TunnelSocket, chunk: Uint8Array | string, encoding: BufferEncoding, written: () => void): void {
      this._unrefTimer()
      this[TUNNEL].write([toPiece(chunk, encoding)], written)
    },
    _writev(this: TunnelSocket, chunks: WrittenChunk[], written: () => void): void {
      this._unrefTimer()
      this[TUNNEL].write(toPieces(chunks), written)
    },
    _final(this: TunnelSocket, done: () => void): void {
      this[TUNNEL].end()
      done()
    },
    _destroy(this: TunnelSocket, error: Error | null, done: (error?: Error | null) => void): void {
      this[TUNNEL].close()
      base._destroy.call(this, error, done)
    },
    resetAndDestroy(this: TunnelSocket): TunnelSocket {
      return this.destroy()
    },
    // They would wait for a handle.
    ref: returnThis,
    unref: returnThis,
    setNoDelay: returnThis,
    setKeepAlive: returnThis,
  }
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, { value, writable: true, configurable: true, enumerable: false }]),
  )
}

const GETTERS: PropertyDescriptorMap = {
  pending: getter((socket) => socket.connecting),
  bytesRead: getter((socket) => socket[TUNNEL].bytesRead),
  _bytesDispatched: getter((socket) => socket[TUNNEL].bytesWritten),
  _getsockname: { value: () => ({ address: ADDRESS, family: 'IPv4', port: 0 }), writable: true, configurable: true },
}

function getter(read: (socket: TunnelSocket) => unknown): PropertyDescriptor {
  return {
    configurable: true,
    get(this: TunnelSocket) {
      return read(this)
    },
  }
}

function returnThis(this: Socket): Socket {
  return this
}
