'use strict'
require('./helper.cjs')
require('fastify')
void import('./helper.js').then(({ answer }) => {
  require('node:http')
    .createServer((request, response) => response.end(answer))
    .listen(0)
})
