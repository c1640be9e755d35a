// The test's way into the mesh: a background service with a port of its own, which calls whom it is told to.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { converse } from './converse.ts'

interface Answer {
  readonly status: number
  readonly body: string
}

/** `config.portFile` tells the test where to knock. */
export async function create({ config }: { readonly config: { readonly portFile: string } }): Promise<void> {
  const server = createServer((request, response) => {
    answer(request).then(
      ({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(body),
      (error: unknown) => response.writeHead(502).end(inspect(error)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  writeFileSync(config.portFile, String((server.address() as AddressInfo).port))
}

/** `/?to=URL` passes the request on; `/?to=ws://…&say=a&say=b` talks to a WebSocket. */
async function answer(request: IncomingMessage): Promise<Answer> {
  const { searchParams } = new URL(request.url ?? '/', 'http://door')
  const to = searchParams.get('to') ?? ''
  if (to.startsWith('ws:')) return { status: 200, body: JSON.stringify(await converse(to, searchParams.getAll('say'))) }
  const { method = 'GET' } = request
  const body = await text(request)
  const type = request.headers['content-type']
  const response = await fetch(to, { method, headers: type ? { 'content-type': type } : {}, ...(body === '' ? {} : { body }) })
  return { status: response.status, body: await response.text() }
}
