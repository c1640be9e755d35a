import { lookup } from 'node:dns/promises'
import net from 'node:net'
import { getSystemErrorName } from 'node:util'
import { MeshrtError } from '../errors/meshrt-error.ts'

/** libuv's own constant; Node does not export it. */
const UV_TCP_REUSEPORT = 2

/** A TCP socket as Node holds it below `net.Server`: can be bound without listening, which `net` itself does not offer. */
export interface SocketHandle {
  readonly fd: number
  getsockname(out: object): number
  close(): void
}

interface NetInternals {
  /** Answers a negative errno on failure. */
  _createServerHandle(address: string, port: number, addressType: 4 | 6, fd: -1, flags: number): SocketHandle | number
}

/** Where the entrypoint is to listen, resolved to one address. */
export interface BindAddress {
  readonly hostname: string
  readonly ip: string
  readonly family: 4 | 6
  readonly port: number
}

/** @throws MeshrtError MESHRT_PORT_DENIED when the name does not resolve. */
export async function resolveBindAddress({ hostname, port }: { hostname: string; port: number }): Promise<BindAddress> {
  try {
    const { address, family } = await lookup(hostname)
    return { hostname, ip: address, family: family === 6 ? 6 : 4, port }
  } catch (cause) {
    throw new MeshrtError('MESHRT_PORT_DENIED', `Cannot listen on ${formatHost(hostname)}:${port}: the host name does not resolve`, {
      cause,
    })
  }
}

/**
 * A socket that is bound and never accepts. The port of the result is the real one.
 * @throws MeshrtError MESHRT_PORT_IN_USE, MESHRT_PORT_DENIED
 */
export function bindSocket(address: BindAddress, { reusePort }: { reusePort: 'yes' | 'no' }): { handle: SocketHandle; port: number } {
  const flags = reusePort === 'yes' ? UV_TCP_REUSEPORT : 0
  const handle = (net as unknown as NetInternals)._createServerHandle(address.ip, address.port, address.family, -1, flags)
  if (typeof handle === 'number') throw bindError(handle, address)
  const bound = { port: 0 }
  // libuv keeps EADDRINUSE back until the first use of the socket.
  const errno = handle.getsockname(bound)
  if (errno === 0) return { handle, port: bound.port }
  handle.close()
  throw bindError(errno, address)
}

/**
 * Fails when another program, or another runtime, listens there: sockets that share a port would get a part of its connections
 * without any error.
 */
export function probePort(address: BindAddress): void {
  bindSocket(address, { reusePort: 'no' }).handle.close()
}

function bindError(errno: number, { hostname, port }: BindAddress): MeshrtError {
  const name = getSystemErrorName(errno)
  const where = `${formatHost(hostname)}:${port}`
  if (name === 'EADDRINUSE') return new MeshrtError('MESHRT_PORT_IN_USE', `Cannot listen on ${where}: the port is in use`)
  const cause = Object.assign(new Error(`bind ${name} ${where}`), { code: name, errno })
  return new MeshrtError('MESHRT_PORT_DENIED', `Cannot listen on ${where}: ${describeErrno(name)}`, { cause })
}

function describeErrno(name: string): string {
  if (name === 'EACCES') return 'permission denied'
  if (name === 'EADDRNOTAVAIL') return 'this machine has no such address'
  return name
}

function formatHost(hostname: string): string {
  return net.isIPv6(hostname) ? `[${hostname}]` : hostname
}
