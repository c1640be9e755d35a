import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { idOf, type Journal } from '../journal.ts'

/** WebSockets by npm ws, at a server's `upgrade` event: under /ws. Everything else is refused. */
export function addWebSockets(server: Server, journal: Journal): void {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has('chat') ? 'chat' : false) })
  server.on('upgrade', (req, socket: Duplex, head: Buffer) => {
    const id = idOf(req.url)
    const path = new URL(req.url ?? '/', 'http://x').pathname
    journal.note(id, `upgrade ${path}`)
    const closed = journal.begin(id)
    socket.on('close', closed)
    if (!path.startsWith('/ws')) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno')
      return
    }
    sockets.handleUpgrade(req, socket, head, (ws) => {
      const ended = journal.begin(id)
      ws.on('message', (data, isBinary) => {
        if (path === '/ws/close') ws.close(4002, 'enough')
        else if (path === '/ws/terminate') ws.terminate()
        else ws.send(data, { binary: isBinary })
      })
      ws.on('error', (error) => journal.note(id, `socket error ${error.message}`))
      ws.on('close', (code, reason) => {
        journal.note(id, `socket closed ${code} ${reason.toString()}`)
        ended()
      })
    })
  })
}
