/**
 * How several workers share the entrypoint's port. `socket-per-slot`: the kernel spreads connections evenly over sockets that share
 * the port (SO_REUSEPORT). `shared-socket`: all workers accept from one socket, whoever is quicker. `address`: no descriptor can be
 * handed to a thread; its one worker binds by itself.
 */
export type IngressStrategy = 'socket-per-slot' | 'shared-socket' | 'address'

/** How many workers of the entrypoint can share its port. */
export function maxEntrypointWorkers(platform: NodeJS.Platform): number {
  return ingressStrategy(platform) === 'address' ? 1 : Number.POSITIVE_INFINITY
}

export function ingressStrategy(platform: NodeJS.Platform): IngressStrategy {
  switch (platform) {
    case 'linux':
      return 'socket-per-slot'
    case 'win32':
      return 'address'
    default:
      // SO_REUSEPORT of the BSDs and macOS does not spread connections, and libuv refuses it there.
      return 'shared-socket'
  }
}
