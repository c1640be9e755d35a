import http from 'node:http'

export const create = ({ slot }) => {
  const server = http.createServer((request, response) => {
    if (request.url === '/stream') {
      response.write('first ')
      return setTimeout(() => response.end('last'), 300)
    }
    if (request.url === '/forever') return response.write('data: 1\n\n')
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => setTimeout(() => response.end(`${slot} ${Buffer.concat(chunks).toString()}`), 2))
  })
  server.on('upgrade', (request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n')
    socket.on('data', (data) => socket.write(data))
  })
  return server
}
