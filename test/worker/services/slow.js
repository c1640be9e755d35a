import http from 'node:http'
import { WebSocketServer } from 'ws'

export const create = ({ slot }) => {
  const server = http.createServer((request, response) => {
    if (request.url === '/stream') {
      response.write('first ')
      return setTimeout(() => response.end('last'), 300)
    }
    if (request.url === '/forever') return response.write('data: 1\n\n')
    if (request.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      // Does not notice that its response has been ended.
      setInterval(() => response.write('data: 1\n\n'), 20)
      return response
    }
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => setTimeout(() => response.end(`${slot} ${Buffer.concat(chunks).toString()}`), 2))
  })
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    if (request.headers.upgrade === 'websocket') return sockets.handleUpgrade(request, socket, head, (client) => client.send('hello'))
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n')
    return socket.on('data', (data) => socket.write(data))
  })
  return server
}
