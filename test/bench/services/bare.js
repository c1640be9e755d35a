// The smallest service there is: what `boot` starts by the dozen, so that it is the supervisor whose weight is found.
import { createServer } from 'node:http'
import item from './item.json' with { type: 'json' }

const body = JSON.stringify(item)

export function create() {
  return createServer((_request, response) => response.setHeader('content-type', 'application/json').end(body))
}
