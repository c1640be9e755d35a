'use strict'
const server = require('node:http').createServer((request, response) => response.end('ok'))
server.listen(3000)
process.on('SIGTERM', () => server.close((error) => console.log('closed', error ?? 'cleanly')))
