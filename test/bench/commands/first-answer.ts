import { Agent, get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { isErrno } from '../../../src/errors/meshrt-error.ts'

const RETRY_MS = 3

/**
 * Resolves with the time, as of `performance.now()`, of the first right answer. Until there is one it is asked again every few milliseconds.
 * @throws Error for an answer of status 200 that is another one than expected; the signal's reason when there was none until then
 */
export async function firstAnswer(url: string, { body, signal }: { readonly body: string; readonly signal: AbortSignal }): Promise<number> {
  for (;;) {
    signal.throwIfAborted()
    const answer = await ask(url, signal)
    const nowMs = performance.now()
    if (answer?.status === 200) {
      if (answer.text !== body) throw new Error(`${url}: wrong answer ${answer.text}`)
      return nowMs
    }
    await wait(RETRY_MS)
  }
}

interface Answer {
  readonly status: number | undefined
  readonly text: string
}

/** Each time a connection of its own; null = there is nobody yet. */
function ask(url: string, signal: AbortSignal): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => (isErrno(error, 'ECONNREFUSED', 'ECONNRESET') ? resolve(null) : reject(error))
    get(url, { agent: new Agent(), signal }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => (text += chunk))
      incoming.on('error', fail)
      incoming.on('end', () => resolve({ status: incoming.statusCode, text }))
    }).on('error', fail)
  })
}
