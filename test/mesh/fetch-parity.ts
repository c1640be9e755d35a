import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SVC, withService } from './with-service.ts'

// The mesh's fetch beside the original one over TCP: the same server, the same call, the same observations.

/** The one that Node brings. */
export const original = globalThis.fetch

/** Calls over TCP and over the mesh, and compares what `use` has seen. */
export async function both(listener: RequestListener, use: (base: string, fetch: typeof original) => Promise<unknown>): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const tcp = await use(base, original)
    const mesh = await withService(listener, () => {
      assert.notEqual(globalThis.fetch, original)
      return use(SVC, globalThis.fetch)
    })
    assert.deepEqual(hide(mesh, SVC), hide(tcp, base))
  } finally {
    server.close()
  }
}

// What has to differ: the host that was called.
function hide(value: unknown, base: string): unknown {
  return JSON.parse(JSON.stringify(value ?? null).replaceAll(new URL(base).host, 'HOST')) as unknown
}

export async function observe(response: Response) {
  const { status, statusText, ok, redirected, type, url } = response
  const headers = [...response.headers].filter(([name]) => !['date', 'connection', 'keep-alive', 'transfer-encoding'].includes(name))
  return { status, statusText, ok, redirected, type, url, headers, hasBody: response.body !== null, text: await response.text() }
}

export function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return { thrown: error }
  return { name: error.name, message: error.message, constructor: error.constructor.name }
}

/** Answers with what it was asked. */
export const echo = (req: IncomingMessage, res: ServerResponse) => {
  let text = ''
  req.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  req.on('end', () => {
    // In no order and in lower case: a `Headers` object does not tell how they were given.
    const { connection, host, 'sec-fetch-mode': mode, ...headers } = req.headersDistinct
    // Newer versions send it to the local host only.
    assert.match(String(mode ?? 'none'), /cors|none/)
    assert.match(String(connection ?? 'none'), /keep-alive|close|none/)
    assert.equal(host?.length, 1)
    res.setHeader('content-type', 'application/json')
    res.end(
      JSON.stringify({ method: req.method, url: req.url, headers: Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1)), text }),
    )
  })
}
