import http, { type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { request } from 'undici'

/** How a call ended: as it should, by its own abort, or with an error that should not be. */
export type End = 'completed' | 'aborted' | (string & {})

const PEER = 'http://peer.plt.local'

const CALLS: readonly (() => Promise<End>)[] = [
  async () => check(await (await fetch(`${PEER}/small`)).json(), { hello: 'world' }),
  async () => check(await (await request(`${PEER}/small`)).body.json(), { hello: 'world' }),
  async () => check(await (await fetch(`${PEER}/echo`, { method: 'POST', body: 'some text' })).text(), 'some text'),
  async () => check(await (await request(`${PEER}/echo`, { method: 'POST', body: Readable.from(['a', 'b']) })).body.text(), 'ab'),
  async () => check((await (await fetch(`${PEER}/bytes?chunks=1`)).arrayBuffer()).byteLength, 65_536),
  () => abortedFetch('/hang'),
  () => abortedFetch('/small'),
  () => abortedFetch('/bytes?chunks=5'),
  cancelledBody,
  unreadBody,
  destroyedRequestBody,
  brokenResponse,
  () => overNodeHttp('/small', (answer) => void answer.resume()),
  () => overNodeHttp('/bytes?chunks=3', (answer) => answer.once('data', () => answer.destroy())),
  () => overNodeHttp('/half', (answer) => void answer.resume()),
]

/** One call of a random kind. Never rejects. */
export async function oneOfAll(random: () => number): Promise<End> {
  const call = CALLS[Math.floor(random() * CALLS.length)]
  try {
    return (await call?.()) ?? 'no such call'
  } catch (error) {
    return error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error)
  }
}

function check(actual: unknown, expected: unknown): End {
  return JSON.stringify(actual) === JSON.stringify(expected) ? 'completed' : `expected ${JSON.stringify(expected)}`
}

/** At any moment between the call and its end. */
async function abortedFetch(path: string): Promise<End> {
  const abort = new AbortController()
  const turns = Math.floor(Math.random() * 4)
  void later(turns).then(() => abort.abort())
  try {
    const answer = await fetch(PEER + path, { signal: abort.signal })
    await answer.arrayBuffer()
    return 'completed'
  } catch (error) {
    if (error === abort.signal.reason) return 'aborted'
    throw error
  }
}

async function later(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(setImmediate)
}

async function cancelledBody(): Promise<End> {
  const answer = await fetch(`${PEER}/bytes?chunks=5`)
  const reader = answer.body?.getReader()
  await reader?.read()
  await reader?.cancel()
  return 'aborted'
}

/** Nobody reads it, nobody says so: the collector has to find out. */
async function unreadBody(): Promise<End> {
  const answer = await fetch(`${PEER}/bytes?chunks=1`)
  return answer.ok ? 'aborted' : 'expected a response'
}

async function destroyedRequestBody(): Promise<End> {
  const body = new Readable({ read: () => {} })
  body.push('begun')
  const pending = request(`${PEER}/echo`, { method: 'POST', body })
  setImmediate(() => body.destroy(new Error('enough')))
  try {
    const answer = await pending
    await answer.body.text()
    return 'expected an error'
  } catch {
    return 'aborted'
  }
}

async function brokenResponse(): Promise<End> {
  try {
    await (await fetch(`${PEER}/half`)).text()
    return 'expected an error'
  } catch {
    return 'aborted'
  }
}

function overNodeHttp(path: string, read: (answer: IncomingMessage) => void): Promise<End> {
  return new Promise((resolve) => {
    const sent = http.get(PEER + path, (answer) => {
      answer.on('error', () => {}).on('close', () => resolve(answer.complete ? 'completed' : 'aborted'))
      read(answer)
    })
    sent.on('error', (error) => resolve(error.message))
  })
}
