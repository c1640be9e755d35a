import http from 'node:http'
import net from 'node:net'

const first = http.createServer((request, response) => response.end('first')).listen(4999)
const metrics = http.createServer((request, response) => response.end('metrics'))
metrics.listen(0, '127.0.0.1', () => console.log('metrics', metrics.address().port))
const raw = net.createServer((socket) => socket.end('raw'))
raw.listen(0, '127.0.0.1', () => console.log('raw', raw.address().port))
const same = http.createServer()
same.on('error', (error) => console.log('refused', error.code, first.listening))
same.listen(4999)
