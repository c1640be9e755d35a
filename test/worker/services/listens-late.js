import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

async function main() {
  await sleep(300)
  http.createServer((request, response) => response.end('late')).listen(3000)
}

void main()
