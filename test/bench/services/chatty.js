// Writes a line for each request, for `logs` to show.
import { createServer } from 'node:http'
import item from './item.json' with { type: 'json' }

const body = JSON.stringify(item)

export function create() {
  return createServer((request, response) => {
    console.log(`${request.method} ${request.url} from ${request.headers['user-agent'] ?? 'somebody'}`)
    response.setHeader('content-type', 'application/json').end(body)
  })
}
