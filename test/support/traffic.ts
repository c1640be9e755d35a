import { randomUUID } from 'node:crypto'
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http'

/** Requests one after the other on each of `clients` connections, until stopped. */
export interface TrafficOptions {
  readonly url: string
  /** `keep-alive` reuses a connection per client, `per-request` opens a new one every time. */
  readonly connection: 'keep-alive' | 'per-request'
  readonly clients: number
  readonly method: 'GET' | 'POST'
  /** Path of one request; `id` is unique among all requests of all loads. */
  readonly path: (id: string) => string
  /** Sent with a POST. */
  readonly body?: (id: string) => string
  /** Send the body in pieces, without saying how long it will be. */
  readonly streamed?: boolean
  /** Waits this long after each answer: keeps the load light on small machines, and idle keep-alive connections in play. */
  readonly pauseMs?: number
}

export interface TrafficReport {
  readonly sent: number
  readonly ok: number
  readonly failed: readonly FailedRequest[]
  /** Ids of the requests that got a 2xx answer. */
  readonly answered: readonly string[]
  readonly connectionsClosed: number
}

export interface FailedRequest {
  readonly id: string
  readonly atMs: number
  readonly reason: string
}

const REQUEST_DEADLINE_MS = 20_000

/** Continuous load; every outcome is recorded and nothing is retried, so that a lost request shows. */
export class Traffic {
  readonly #options: TrafficOptions
  readonly #agents: readonly Agent[]
  readonly #clients: readonly Promise<void>[]
  readonly #answered: string[] = []
  readonly #failed: FailedRequest[] = []
  readonly #startedAtMs = performance.now()
  #sent = 0
  #connectionsClosed = 0
  #stopping = false
  readonly #watchers = new Set<() => void>()

  constructor(options: TrafficOptions) {
    this.#options = options
    this.#agents = Array.from(
      { length: options.clients },
      () => new Agent({ keepAlive: options.connection === 'keep-alive', maxSockets: 1 }),
    )
    this.#clients = this.#agents.map((agent) => this.#runClient(agent))
  }

  get method(): TrafficOptions['method'] {
    return this.#options.method
  }

  /** Resolves when `count` more requests have been answered: the load is in full swing. */
  async answers(count: number, deadlineMs = 15_000): Promise<void> {
    const target = this.#outcomes + count
    await new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`Only ${this.#outcomes} of ${target} answers: ${this.#summary()}`)), deadlineMs)
      const watcher = (): void => {
        if (this.#outcomes < target) return
        clearTimeout(deadline)
        this.#watchers.delete(watcher)
        resolve()
      }
      this.#watchers.add(watcher)
    })
  }

  async stop(): Promise<TrafficReport> {
    this.#stopping = true
    await Promise.all(this.#clients)
    for (const agent of this.#agents) agent.destroy()
    return {
      sent: this.#sent,
      ok: this.#answered.length,
      failed: this.#failed,
      answered: this.#answered,
      connectionsClosed: this.#connectionsClosed,
    }
  }

  async #runClient(agent: Agent): Promise<void> {
    while (!this.#stopping) {
      const id = randomUUID()
      this.#sent++
      try {
        await this.#send(agent, id)
        this.#answered.push(id)
      } catch (error) {
        const reason = error instanceof Error ? `${'code' in error ? String(error.code) : error.name}: ${error.message}` : String(error)
        this.#failed.push({ id, atMs: Math.round(performance.now() - this.#startedAtMs), reason })
      }
      for (const watcher of this.#watchers) watcher()
      await pause(this.#options.pauseMs ?? 0)
    }
  }

  async #send(agent: Agent, id: string): Promise<void> {
    const { url, method, path, body, streamed = false } = this.#options
    const payload = method === 'POST' ? (body?.(id) ?? '') : ''
    const headers = streamed ? {} : { 'content-length': Buffer.byteLength(payload) }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(new URL(path(id), url), { method, agent, headers })
      outgoing.setTimeout(REQUEST_DEADLINE_MS, () => outgoing.destroy(new Error(`no answer within ${REQUEST_DEADLINE_MS} ms`)))
      outgoing.on('response', resolve).on('error', reject)
      if (streamed) writeInPieces(outgoing, payload)
      else outgoing.end(payload)
    })
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk)
    if (response.headers.connection === 'close') this.#connectionsClosed++
    const status = response.statusCode ?? 0
    if (status < 200 || status > 299) throw new Error(`HTTP ${status}: ${text.slice(0, 200)}`)
  }

  get #outcomes(): number {
    return this.#answered.length + this.#failed.length
  }

  #summary(): string {
    return `${this.#sent} sent, ${this.#failed.length} failed, first: ${this.#failed[0]?.reason ?? 'none'}`
  }
}

const PIECES = 4

/** One piece per turn of the loop, so that the first is on its way before the last exists. */
function writeInPieces(outgoing: ClientRequest, payload: string): void {
  const length = Math.ceil(payload.length / PIECES)
  const writeFrom = (start: number): void => {
    if (outgoing.destroyed) return
    if (start >= payload.length) return void outgoing.end()
    outgoing.write(payload.slice(start, start + length))
    setImmediate(writeFrom, start + length)
  }
  writeFrom(0)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (ms > 0) setTimeout(resolve, ms)
    else setImmediate(resolve)
  })
}
