import { createServer } from 'node:http'
const server = createServer((_request, response) => response.end('metrics')).listen(0, '127.0.0.1', () =>
  console.log('metrics', server.address().port),
)
