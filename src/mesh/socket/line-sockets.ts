import { connect, createServer, type Socket } from 'node:net'

/** Where the sockets of lines come from. Null when there will be none. */
export interface LineSockets {
  /** The caller's end. */
  listen(path: string): Promise<Socket | null>
  /** The target's end. */
  connect(path: string): Promise<Socket | null>
}

/** How long the other end may take to connect. It hears of the line through the runtime, at its next turn. */
const CONNECT_MS = 60_000

/** Opens them by itself. */
export const ownSockets: LineSockets = {
  listen: (path) =>
    new Promise((resolve) => {
      const server = createServer()
      const end = (socket: Socket | null): void => {
        clearTimeout(timer)
        // Removes the path as well.
        server.close()
        resolve(socket)
      }
      const timer = setTimeout(end, CONNECT_MS, null)
      timer.unref()
      server.unref()
      server.once('connection', end)
      server.once('error', () => end(null))
      server.listen(path)
    }),
  connect: (path) =>
    new Promise((resolve) => {
      const socket = connect(path)
      socket.unref()
      socket.once('connect', () => {
        socket.removeAllListeners('error')
        resolve(socket)
      })
      // The caller is gone.
      socket.once('error', () => resolve(null))
    }),
}

/** A process gets its sockets from the runtime, which may open what a process with few permissions may not. */
export class DeliveredSockets implements LineSockets {
  readonly #awaited = new Map<string, (socket: Socket | null) => void>()

  listen(path: string): Promise<Socket | null> {
    return new Promise((resolve) => this.#awaited.set(path, resolve))
  }

  connect(path: string): Promise<Socket | null> {
    return this.listen(path)
  }

  /** Null when the runtime could not get one. */
  deliver(path: string, socket: Socket | null): void {
    const take = this.#awaited.get(path)
    this.#awaited.delete(path)
    if (take) take(socket)
    else socket?.destroy()
  }
}
