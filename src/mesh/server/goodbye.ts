import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** How what has no end of its own is ended, when its worker has to go. */

/** A close frame of the code 1001, "going away" (RFC 6455, 7.4.1), as a server sends it. */
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9])

const watched = new WeakSet<Server>()
const webSockets = new WeakSet<object>()

/**
 * Notes which connections of the server become WebSockets, by what it emits: a listener of one's own would make a server without
 * WebSockets look as if it had them, and some libraries take all listeners off.
 */
export function watchUpgrades(server: Server): void {
  if (watched.has(server)) return
  watched.add(server)
  const emit = server.emit.bind(server) as (event: string | symbol, ...args: unknown[]) => boolean
  const watchingEmit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event === 'upgrade') note(args as [IncomingMessage, Duplex])
    return emit(event, ...args)
  }
  Object.assign(server, { emit: watchingEmit })
}

function note([request, socket]: [IncomingMessage, Duplex]): void {
  if (request.headers.upgrade?.toLowerCase() === 'websocket') webSockets.add(socket)
}

/**
 * Tells the client of a WebSocket that the server goes away; false for any other connection, and before its handshake has been
 * answered. Libraries write whole frames at a time, so that this one comes between two of theirs. The client answers, and the
 * service's own library then closes the connection as for any client that leaves.
 */
export function sayGoingAway(socket: Duplex & { readonly bytesWritten: number }): boolean {
  if (!webSockets.has(socket) || socket.bytesWritten === 0 || !socket.writable) return false
  socket.on('error', ignore)
  socket.write(GOING_AWAY)
  return true
}

/**
 * Ends server-sent events as if the service had: the client connects again. False for any other response: its reader must not take
 * a part for the whole.
 */
export function endEventStream(response: ServerResponse, sent = sentHead(response)): boolean {
  if (!response.headersSent || response.writableEnded || !EVENT_STREAM.test(sent)) return false
  // What the service still writes goes nowhere, and is no error of its own.
  response.on('error', ignore)
  response.end()
  return true
}

const EVENT_STREAM = /^content-type: *text\/event-stream/im

/** What `writeHead` was given is not among the response's headers, but in the text that it has become. */
function sentHead(response: ServerResponse): string {
  return (response as unknown as { readonly _header: string | null })._header ?? ''
}

/** Of headers as a flat list. */
export function headText(headers: readonly string[] = []): string {
  return headers.map((part, index) => (index % 2 === 0 ? `${part}: ` : `${part}\r\n`)).join('')
}

function ignore(): void {}
