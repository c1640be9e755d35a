import net, { type AddressInfo, type Socket } from 'node:net'
import type { WorkerRow } from '../model/worker-row.ts'
import { internalsOf, type WebServer } from './web-server.ts'

/** A bound socket that this thread owns, not yet listening. */
export interface BoundHandle {
  getsockname(out: object): number
  close(): void
}

interface NetInternals {
  /** With a descriptor: opens it as it is. Answers a negative errno on failure. */
  _createServerHandle(address: null, port: null, addressType: null, fd: number): BoundHandle | number
}

/** Takes the descriptor over, so that it is closed with this thread however that ends. */
export function claimDescriptor(fd: number, row: WorkerRow): BoundHandle {
  // Before it is true: a thread that ends in between has at worst left it open.
  row.takesDescriptor()
  const handle = (net as unknown as NetInternals)._createServerHandle(null, null, null, fd)
  if (typeof handle === 'number') throw Object.assign(new Error(`Cannot open descriptor ${fd}: errno ${handle}`), { errno: handle })
  return handle
}

export function addressOf(handle: BoundHandle): AddressInfo {
  const address = { address: '', family: '', port: 0 }
  const errno = handle.getsockname(address)
  if (errno !== 0) throw Object.assign(new Error(`Cannot read the address of a socket: errno ${errno}`), { errno })
  return address
}

export type AcceptSource = BoundHandle | { readonly host: string; readonly port: number }

/** Accepts TCP connections on behalf of a server that does not listen itself. */
export interface Acceptor {
  readonly address: AddressInfo
  close(): void
}

/**
 * Closing an acceptor leaves its connections alone (measured: `http.Server.close()` cuts idle ones whose next request is on the
 * wire), and one server can have several, one per socket.
 */
export async function openAcceptor(
  source: AcceptSource,
  { server, onConnection }: { server: WebServer; onConnection: (socket: Socket) => void },
): Promise<Acceptor> {
  const { allowHalfOpen, noDelay, keepAlive, keepAliveInitialDelay, highWaterMark } = internalsOf(server)
  const acceptor = net.createServer({ allowHalfOpen, noDelay, keepAlive, keepAliveInitialDelay, highWaterMark })
  acceptor.on('connection', (socket) => {
    if (server.maxConnections !== undefined && internalsOf(server)._connections >= server.maxConnections) {
      socket.destroy()
      return
    }
    handOver(socket, { from: acceptor, to: server })
    onConnection(socket)
    server.emit('connection', socket)
  })
  const listening = Promise.withResolvers<void>()
  acceptor.once('error', listening.reject)
  acceptor.listen(source, listening.resolve)
  await listening.promise
  acceptor.off('error', listening.reject)
  // A failing accept (EMFILE) is passed on as the error of the server, as if that had accepted.
  acceptor.on('error', (error) => server.emit('error', error))
  const address = acceptor.address()
  if (address === null || typeof address === 'string') throw new TypeError('Cannot use an acceptor: it has no address')
  return { address, close: () => void acceptor.close() }
}

/** The server counts the connection as its own, so that its `close` event and `getConnections()` are right. */
function handOver(socket: Socket, { from, to }: { from: net.Server; to: net.Server }): void {
  internalsOf(from)._connections--
  internalsOf(to)._connections++
  Object.assign(socket, { server: to, _server: to })
}
