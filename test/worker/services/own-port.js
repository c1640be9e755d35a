import http from 'node:http'

const server = http.createServer((request, response) => {
  if (request.url === '/slow') setTimeout(() => response.end('slow'), 200)
  else response.end('own port')
})
server.listen(0, '127.0.0.1', () => console.log('port', server.address().port))
