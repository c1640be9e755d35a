import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { FRAMEWORKS } from './install.ts'
import type { Site, Subject } from './site.ts'
import { SUBJECTS } from './site.ts'

/** What single kinds can do, asked as the entrypoint and through the mesh. */

export async function express(site: Site): Promise<void> {
  await each(async (service) => {
    const style = await site.ask(service, { method: 'GET', path: '/static/style.css' })
    assert.match(style.text, /rebeccapurple/)
  })
  const plain = await fetch(`${site.url}/hello`)
  assert.equal(plain.headers.get('content-encoding'), 'gzip')
  assert.deepEqual(await plain.json(), { hello: 'express' })
  await upload(site)
}

async function upload(site: Site): Promise<void> {
  for (const url of [`${site.url}/upload`, site.through('http://twin.plt.local/upload')]) {
    const form = new FormData()
    form.set('note', 'with a file')
    form.set('file', new Blob(['x'.repeat(100_000)], { type: 'text/plain' }), 'big.txt')
    const response = await fetch(url, { method: 'POST', body: form })
    assert.deepEqual(await response.json(), { originalname: 'big.txt', mimetype: 'text/plain', size: 100_000, note: 'with a file' })
  }
  const first = await fetch(`${site.url}/visits`)
  assert.deepEqual(await first.json(), { visits: 1 })
  assert.match(first.headers.get('set-cookie') ?? '', /^connect\.sid=/)
}

export async function fastify(site: Site): Promise<void> {
  await each(async (service) => {
    const proxied = await site.ask(service, { method: 'GET', path: '/proxied/behind' })
    assert.deepEqual(JSON.parse(proxied.text), { peer: '/behind' })
  })
}

export async function typescript(site: Site): Promise<void> {
  await each(async (service) => {
    const level = await site.ask(service, { method: 'GET', path: '/level' })
    assert.deepEqual(JSON.parse(level.text), { level: 2, name: 'High', legacy: 'from CommonJS' })
  })
}

/** Rendered on the server, from what a sibling says. */
export async function next(site: Site): Promise<void> {
  await each(async (service) => {
    const page = await site.ask(service, { method: 'GET', path: '/' })
    assert.match(page.text, /<h1>hello from .*&quot;peer&quot;:&quot;\/hello&quot;/)
  })
}

/** Subscriptions are server-sent events. */
export async function yoga(site: Site): Promise<void> {
  const query = encodeURIComponent('subscription { countdown(from: 2) }')
  const response = await fetch(`${site.url}/graphql?query=${query}`, { headers: { accept: 'text/event-stream' } })
  const text = await response.text()
  assert.deepEqual([...text.matchAll(/"countdown":(\d)/g)].map(([, left]) => left), ['2', '1', '0']) // prettier-ignore
}

/** The members of a client's socket that are used here: its package is not among the repository's own. */
interface ClientSocket {
  readonly io: { readonly engine: { once(event: 'upgrade', listener: () => void): void } }
  timeout(ms: number): { emitWithAck(event: string, text: string): Promise<string> }
  close(): void
}

/** Its own client, which begins with long polling and then upgrades. */
export async function socketIo(site: Site): Promise<void> {
  const requireInstalled = createRequire(join(FRAMEWORKS, 'package.json'))
  const { io } = requireInstalled('socket.io-client') as { io: (url: string, options: object) => ClientSocket }
  const socket = io(site.url, { reconnection: false })
  try {
    const upgraded = new Promise<void>((resolve) => socket.io.engine.once('upgrade', resolve))
    assert.equal(await socket.timeout(5000).emitWithAck('echo', 'polled'), 'polled')
    await upgraded
    assert.equal(await socket.timeout(5000).emitWithAck('echo', 'upgraded'), 'upgraded')
  } finally {
    socket.close()
  }
}

async function each(check: (service: Subject) => Promise<void>): Promise<void> {
  for (const service of SUBJECTS) await check(service)
}
