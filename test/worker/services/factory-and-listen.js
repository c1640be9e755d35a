import http from 'node:http'

http.createServer((request, response) => response.end('captured')).listen(3998)

export const create = () => http.createServer((request, response) => response.end('factory'))
