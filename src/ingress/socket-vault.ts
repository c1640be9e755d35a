import type { BindAddress, SocketHandle } from './bound-socket.ts'

/** Somebody outside of this process who keeps duplicates of the sockets, for a runtime after this one. */
export interface SocketVault {
  /** What an earlier runtime left, by key. The caller's from now on, and handed out once. */
  take(): ReadonlyMap<number, SocketHandle>
  keep(key: number, handle: SocketHandle): void
  drop(key: number): void
}

export interface Inherited {
  readonly port: number
  readonly sockets: ReadonlyMap<number, SocketHandle>
}

/**
 * The sockets of an earlier runtime that can be used again, also for slots that are no more: connections wait in them, and a sibling
 * can accept from them. One that nobody would accept from is closed: the kernel would go on giving it its share of the connections. So
 * are all of them when the runtime file names another address by now.
 */
export function inheritSockets(
  vault: SocketVault | null,
  { wanted, isUsed }: { readonly wanted: BindAddress; readonly isUsed: (key: number) => boolean },
): Inherited | null {
  const usable = new Map<number, SocketHandle>()
  let port = 0
  for (const [key, handle] of vault?.take() ?? []) {
    const bound = addressOf(handle)
    const fits = bound !== null && bound.address === wanted.ip && (wanted.port === 0 || wanted.port === bound.port)
    if (fits && isUsed(key) && (port === 0 || port === bound.port)) {
      port = bound.port
      usable.set(key, handle)
    } else {
      handle.close()
      vault?.drop(key)
    }
  }
  return usable.size === 0 ? null : { port, sockets: usable }
}

function addressOf(handle: SocketHandle): { readonly address: string; readonly port: number } | null {
  const bound = { address: '', port: 0 }
  return handle.getsockname(bound) === 0 ? bound : null
}
