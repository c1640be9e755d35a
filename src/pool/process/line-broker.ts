import { connect, createServer, type Socket } from 'node:net'

type Deliver = (path: string, socket: Socket | null) => void

/** How long the other end may take; it hears of the line at its next turn. */
const CONNECT_MS = 60_000

/**
 * Opens the sockets of a process's lines for it and hands them over: under Node's permission model a process may not open any by itself, and
 * still takes part in the mesh.
 */
export class LineBroker {
  readonly #deliver: Deliver
  readonly #listening = new Set<() => void>()

  constructor(deliver: Deliver) {
    this.#deliver = deliver
  }

  /** The process calls somebody, who will connect to this path. */
  listen(path: string): void {
    const server = createServer({ pauseOnConnect: true })
    const end = (socket: Socket | null): void => {
      if (!this.#listening.delete(cancel)) {
        socket?.destroy()
        return
      }
      clearTimeout(timer)
      server.close()
      this.#deliver(path, socket)
    }
    const cancel = (): void => end(null)
    const timer = setTimeout(cancel, CONNECT_MS)
    this.#listening.add(cancel)
    server.once('connection', end)
    server.once('error', cancel)
    // In a folder that is this user's alone.
    server.listen(path)
  }

  /** Somebody calls the process, and listens at this path. */
  connect(path: string): void {
    const socket = connect(path)
    // What the caller has sent is for the process to read, and not for the moment before it has the socket.
    socket.pause()
    socket.once('connect', () => this.#deliver(path, socket))
    // The caller is gone.
    socket.once('error', () => this.#deliver(path, null))
  }

  close(): void {
    for (const cancel of this.#listening) cancel()
  }
}
