import http from 'node:http'

export default () => http.createServer((request, response) => response.end('server'))
