import { get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { isErrno } from '../../../src/errors/meshrt-error.ts'

const RETRY_MS = 5

/**
 * Resolves with the time, as of `performance.now()`, of the first right answer. Until somebody listens, only a connection is tried every few
 * milliseconds: a whole request each time would take a quarter of a core from whoever is starting.
 * @throws Error for an answer of status 200 that is another one than expected; the signal's reason when there was none until then
 */
export async function firstAnswer(url: string, { body, signal }: { readonly body: string; readonly signal: AbortSignal }): Promise<number> {
  const { hostname, port } = new URL(url)
  for (;;) {
    signal.throwIfAborted()
    const socket = await tryToConnect(hostname, Number(port))
    const answer = socket === null ? null : await ask(url, { socket, signal })
    const nowMs = performance.now()
    if (answer?.status === 200) {
      if (answer.text !== body) throw new Error(`${url}: wrong answer ${answer.text}`)
      return nowMs
    }
    await wait(RETRY_MS)
  }
}

/** Null = nobody listens yet. */
function tryToConnect(host: string, port: number): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const fail = (error: Error): void => (isErrno(error, 'ECONNREFUSED', 'ECONNRESET') ? resolve(null) : reject(error))
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.off('error', fail)
      resolve(socket)
    })
  })
}

interface Answer {
  readonly status: number | undefined
  readonly text: string
}

interface Ask {
  readonly socket: Socket
  readonly signal: AbortSignal
}

/** Null = whoever listened has hung up. */
function ask(url: string, { socket, signal }: Ask): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => (isErrno(error, 'ECONNRESET', 'EPIPE') ? resolve(null) : reject(error))
    get(url, { createConnection: () => socket, headers: { connection: 'close' }, signal }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => (text += chunk))
      incoming.on('error', fail)
      incoming.on('end', () => resolve({ status: incoming.statusCode, text }))
    }).on('error', fail)
  })
}
