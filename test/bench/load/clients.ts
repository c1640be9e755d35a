import { Agent, get } from 'node:http'
import { request } from 'undici'

export const CLIENTS = ['undici.request', 'fetch', 'node:http'] as const

export type ClientName = (typeof CLIENTS)[number]

/** One request and the whole of its answer. */
type Client = (url: string) => Promise<Answer>

interface Answer {
  readonly status: number
  readonly text: string
}

/** Used as any service would: where the request goes is up to the thread's dispatcher, or to `node:net`. */
export const clients: Readonly<Record<ClientName, Client>> = {
  'undici.request': async (url) => {
    const { statusCode, body } = await request(url)
    return { status: statusCode, text: await body.text() }
  },
  fetch: async (url) => {
    const response = await fetch(url)
    return { status: response.status, text: await response.text() }
  },
  'node:http': (url) =>
    new Promise((resolve, reject) => {
      get(url, { agent }, (incoming) => {
        let text = ''
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => (text += chunk))
        incoming.on('error', reject)
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }))
      }).on('error', reject)
    }),
}

const agent = new Agent({ keepAlive: true })
