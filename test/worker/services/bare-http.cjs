'use strict'
const http = require('node:http')

const server = http.createServer((request, response) => response.end(`bare ${request.url}`))
server.listen(3999, () => console.log('listening', JSON.stringify(server.address()), server.listening))
