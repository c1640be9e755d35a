import { headerOf } from '../../headers.ts'
import type { Destination } from '../../host.ts'
import type { CallDefaults, MeshCall } from '../call.ts'
import type { ResponseSink } from '../sink.ts'
import { releaseSource } from '../request-body.ts'
import { decodeContent } from './decode.ts'
import { FetchSink, type FetchAnswer } from './fetch-sink.ts'
import { planFetch, type FetchPlan } from './plan.ts'
import { isRedirect, MAX_REDIRECTS, nextHop } from './redirect.ts'
import type * as responses from './response.ts'

type Fetch = typeof globalThis.fetch

export interface MeshFetchOptions {
  readonly original: Fetch
  readonly defaults: CallDefaults
  resolve(origin: string): Destination
  submit(call: MeshCall, sink: ResponseSink): void
  /** Whether the dispatcher of the mesh is in its place; somebody who has put in another (a mock) wants to see the requests. */
  isInFront(): boolean
}

/** `fetch` for mesh hosts, without undici in between; for everything else the original. */
export class MeshFetch {
  readonly #options: MeshFetchOptions
  // Loaded by the first call: it makes Node load its own undici.
  #responses: typeof responses | null = null

  constructor(options: MeshFetchOptions) {
    this.#options = options
  }

  async fetch(input: Parameters<Fetch>[0], init: RequestInit | undefined): Promise<Response> {
    const plan = this.#options.isInFront() ? planFetch(input, init, this.#options) : null
    return plan === null ? this.#options.original(input, init) : this.#follow(plan, 0)
  }

  async #follow(plan: FetchPlan, hops: number): Promise<Response> {
    const answer = await this.#ask(plan)
    const hop = isRedirect(answer.status) ? nextHop(plan, { status: answer.status, location: headerOf(answer.headers, 'location') }) : null
    if (hop === null || hop.kind === 'none') return this.#toResponse(plan, { answer, redirected: hops > 0 })
    answer.discard()
    if (hop.kind === 'refused') throw new TypeError('fetch failed', { cause: new Error(hop.reason) })
    if (hops >= MAX_REDIRECTS) throw new TypeError('fetch failed', { cause: new Error('redirect count exceeded') })
    const next = planFetch(hop.url, hop.init, this.#options)
    if (next !== null) return this.#follow(next, hops + 1)
    const response = await this.#options.original(hop.url, hop.init)
    return Object.defineProperty(response, 'redirected', { value: true, configurable: true })
  }

  #ask(plan: FetchPlan): Promise<FetchAnswer> {
    return new Promise((resolve, reject) => {
      if (plan.signal?.aborted === true) {
        if (plan.call.body.kind === 'stream') releaseSource(plan.call.body)
        reject(plan.signal.reason)
      } else this.#options.submit(plan.call, new FetchSink({ method: plan.call.method, signal: plan.signal }, { resolve, reject }))
    })
  }

  async #toResponse(plan: FetchPlan, { answer, redirected }: { answer: FetchAnswer; redirected: boolean }): Promise<Response> {
    const { status, statusText, headers } = answer
    const content = decodeContent(answer.content, headerOf(headers, 'content-encoding'), answer.discard)
    const { href, hash } = plan.url
    const url = hash === '' ? href : href.slice(0, -hash.length)
    this.#responses ??= await import('./response.ts')
    return new this.#responses.MeshResponse({ url, redirected, status, statusText, headers }, content)
  }
}
