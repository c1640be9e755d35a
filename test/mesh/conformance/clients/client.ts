import { seenBody, seenError, seenHeaders, type Seen } from '../seen.ts'

/** One way to send HTTP from a Node program. */
export type Client = HttpClient | EventClient | SocketClient

export interface HttpClient {
  readonly kind: 'http'
  readonly name: string
  readonly abilities: ReadonlySet<Ability>
  /** Where the client is a fetch, that. */
  readonly fetch?: typeof globalThis.fetch
  /** Never rejects: an error is part of what was seen. */
  exchange(call: Call): Promise<Seen>
}

export interface EventClient {
  readonly kind: 'events'
  readonly name: string
  /** Listens for that many messages of type `message` or `tick`, then closes. */
  listen(call: { readonly url: string; readonly messages: number }): Promise<Seen>
}

export interface SocketClient {
  readonly kind: 'socket'
  readonly name: string
  /** Sends everything once it is open, collects as many messages as it has sent, then closes if it is told how; ends with the socket. */
  talk(call: SocketCall): Promise<Seen>
}

/** What not every client, or not every interface of one, can do. */
export type Ability =
  | 'request trailers'
  | 'fetch'
  | 'global FormData'
  | 'streamed request body'
  | 'large request body'
  | 'trailers'
  | 'Expect: 100-continue'
  | 'method OPTIONS'
  | 'informational responses'

export interface Call {
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: CallBody
  readonly trailers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly onHead?: () => void
  /** The first of the response's body is there. */
  readonly onBody?: (soFar: Buffer) => void
}

export type CallBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'streamed'; readonly pieces: () => AsyncIterable<Buffer> }

export interface SocketCall {
  readonly url: string
  readonly protocols: readonly string[]
  readonly say: readonly (string | Buffer)[]
  readonly close: { readonly code: number; readonly reason: string } | null
}

/** Collects what comes of one call. */
export class Collector {
  readonly #call: Call
  readonly #seen: Seen = {}
  readonly #chunks: Buffer[] = []

  constructor(call: Call) {
    this.#call = call
  }

  about(about: Readonly<Record<string, unknown>>): void {
    this.#seen.about = about
  }

  informational(status: number): void {
    this.#seen.informational = [...(this.#seen.informational ?? []), status]
  }

  /** `reason` is null where the client does not tell it. */
  head(status: number, reason: string | null, headers: Iterable<readonly [string, unknown]>): void {
    this.#seen.status = status
    if (reason !== null) this.#seen.reason = reason
    this.#seen.headers = seenHeaders(headers)
    this.#call.onHead?.()
  }

  data(chunk: Uint8Array): void {
    this.#chunks.push(Buffer.from(chunk))
    this.#call.onBody?.(Buffer.concat(this.#chunks))
  }

  trailers(trailers: Iterable<readonly [string, unknown]>): void {
    this.#seen.trailers = seenHeaders(trailers)
  }

  /** What `talk` does until it ends is what is seen; what it throws, too. */
  async during(talk: () => Promise<unknown>): Promise<Seen> {
    try {
      await talk()
    } catch (error) {
      this.#seen.error = seenError(error, this.#seen.status === undefined ? 'before the head' : 'in the body')
    }
    if (this.#seen.status !== undefined) this.#seen.body = seenBody(Buffer.concat(this.#chunks))
    return this.#seen
  }
}

/** A whole body as most clients take it. */
export function wholeBody(body: CallBody | undefined): string | Buffer | undefined {
  if (body === undefined) return undefined
  if (body.kind === 'streamed') throw new TypeError('This client cannot stream a request body')
  return body.kind === 'text' ? body.text : body.bytes
}

/** Headers as an object that a client may keep and change. */
export function headersOf(call: Call): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(call.headers ?? {}).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  )
}
