import { decodeBody, LATIN1, type BodyEncoding } from '../../frames.ts'

/** A whole body as it came in its frame. */
export interface InlineContent {
  readonly text: string
  readonly encoding: BodyEncoding
}

/** Null where a response cannot have a body, as after HEAD or with status 204. */
export type ResponseContent = InlineContent | ReadableStream<Uint8Array<ArrayBuffer>> | null

export interface ResponseFacts {
  readonly url: string
  readonly redirected: boolean
  readonly status: number
  readonly statusText: string
  /** Name, value, name, value. */
  readonly headers: readonly string[]
}

// Typed as what it is constructed from only: its members are accessors, which the type declares as plain properties.
const StandardResponse = Response as unknown as new () => object
const StandardHeaders = Headers as unknown as new () => { append(name: string, value: string): void }

/**
 * What the mesh's `fetch` resolves to. Is a `Response` and behaves as one that came from the network, but makes headers and streams
 * only for those who look at them: building a standard one around a text takes sixty times as long as this.
 */
export class MeshResponse extends StandardResponse implements Response {
  readonly #facts: ResponseFacts
  readonly #content: ResponseContent
  /** The inline content has been read. */
  #read = false
  #standard: Response | null = null
  #headers: ReceivedHeaders | null = null

  constructor(facts: ResponseFacts, content: ResponseContent) {
    super()
    this.#facts = facts
    this.#content = content
  }

  get type(): 'basic' {
    return 'basic'
  }

  get url(): string {
    return this.#facts.url
  }

  get redirected(): boolean {
    return this.#facts.redirected
  }

  get status(): number {
    return this.#facts.status
  }

  get ok(): boolean {
    return this.#facts.status >= 200 && this.#facts.status <= 299
  }

  get statusText(): string {
    return this.#facts.statusText
  }

  get headers(): Headers {
    this.#headers ??= new ReceivedHeaders(this.#facts.headers)
    return this.#headers as unknown as Headers
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    return this.#content === null ? null : this.#toStandard().body
  }

  get bodyUsed(): boolean {
    return this.#read || this.#standard?.bodyUsed === true
  }

  clone(): MeshResponse {
    if (this.#read) throw new TypeError('Response.clone: Body has already been consumed.')
    if (this.#standard === null && !(this.#content instanceof ReadableStream)) return new MeshResponse(this.#facts, this.#content)
    return new MeshResponse(this.#facts, this.#toStandard().clone().body)
  }

  async text(): Promise<string> {
    const inline = this.#takeInline()
    return inline === null ? this.#toStandard().text() : toText(inline)
  }

  async json(): Promise<unknown> {
    const inline = this.#takeInline()
    return inline === null ? this.#toStandard().json() : JSON.parse(toText(inline))
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const inline = this.#takeInline()
    return inline === null ? this.#toStandard().arrayBuffer() : toBytes(inline).buffer
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const inline = this.#takeInline()
    return inline === null ? new Uint8Array(await this.#toStandard().arrayBuffer()) : toBytes(inline)
  }

  async blob(): Promise<Blob> {
    return this.#toStandard().blob()
  }

  async formData(): Promise<FormData> {
    return this.#toStandard().formData()
  }

  #takeInline(): InlineContent | null {
    const content = this.#content
    if (content === null || content instanceof ReadableStream || this.#standard !== null) return null
    if (this.#read) throw new TypeError('Body is unusable: Body has already been read')
    this.#read = true
    return content
  }

  /** For everything that is not done here. */
  #toStandard(): Response {
    if (this.#standard !== null) return this.#standard
    const content = this.#content
    const body = content === null || content instanceof ReadableStream ? content : toBytes(content)
    // What `blob` and `formData` look at.
    const contentType = this.headers.get('content-type')
    this.#standard = new Response(body, { headers: contentType === null ? {} : { 'content-type': contentType } })
    // Read already: its stream is to be one that has been.
    if (this.#read) void this.#standard.arrayBuffer()
    return this.#standard
  }
}

/** Headers of something received cannot be changed. */
class ReceivedHeaders extends StandardHeaders {
  constructor(flat: readonly string[]) {
    super()
    for (let i = 0; i < flat.length; i += 2) super.append(flat[i] ?? '', flat[i + 1] ?? '')
  }

  override append(): void {
    throw new TypeError('immutable')
  }

  delete(): void {
    throw new TypeError('immutable')
  }

  set(): void {
    throw new TypeError('immutable')
  }
}

function toText({ text, encoding }: InlineContent): string {
  if (encoding === LATIN1) return new TextDecoder().decode(decodeBody(text, encoding))
  // As if it had been bytes in between: no byte order mark, no lone surrogates.
  return (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text).toWellFormed()
}

/** In memory of their own, which whoever gets it may transfer. */
function toBytes({ text, encoding }: InlineContent): Uint8Array<ArrayBuffer> {
  return new Uint8Array(decodeBody(text, encoding))
}
