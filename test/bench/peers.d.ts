// As much of the peers as is used, because the root's own install, which the type check runs on, does not have them.

declare module 'undici-thread-interceptor' {
  import type { MessagePort, Worker } from 'node:worker_threads'

  export function createThreadInterceptor(options: { readonly domain: string }): {
    route(name: string, worker: Worker): Promise<void>
  }
  export function wire(options: { readonly server: unknown; readonly port: MessagePort; readonly domain: string }): void
}

declare module 'autocannon' {
  export interface Options {
    readonly url: string
    readonly connections: number
    readonly pipelining: number
    /** Seconds. */
    readonly duration: number
    readonly expectBody: string
  }

  export interface Result {
    readonly requests: { readonly total: number }
    /** Seconds. */
    readonly duration: number
    /** Milliseconds. */
    readonly latency: { readonly p50: number; readonly p99: number }
    readonly errors: number
    readonly timeouts: number
    readonly mismatches: number
    readonly non2xx: number
  }

  export default function autocannon(options: Options): Promise<Result>
}
