import { MeshrtError } from '../../errors/meshrt-error.ts'
import type { Clock } from '../../model/clock.ts'
import type { WorkerKey } from '../../model/ids.ts'
import type { DispatchOptions } from './undici/dispatch-options.ts'
import { meshErrorOf } from './errors.ts'
import type { ExchangeControl, ResponseSink } from './sink.ts'

/** A request of the runtime's own. */
export interface MeshRequest {
  readonly service: string
  /** This worker of it and no other, whatever speaks against it. */
  readonly worker?: WorkerKey
  readonly method: string
  readonly path: string
  readonly headers?: DispatchOptions['headers']
  readonly body?: DispatchOptions['body']
  readonly signal?: AbortSignal
  /** For everything, up to the last byte. */
  readonly timeoutMs: number
}

export interface MeshResponse {
  readonly status: number
  /** Name, value, name, value. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/** Collects a whole response. Rejects with an error that has a code of meshrt's. */
export function requestWhole(
  request: MeshRequest,
  how: { readonly clock: Clock; readonly submit: (options: DispatchOptions, sink: ResponseSink) => void },
): Promise<MeshResponse> {
  return new Promise((resolve, reject) => {
    const { signal, timeoutMs } = request
    const sink = new CollectingSink(
      (response) => {
        settle()
        resolve(response)
      },
      (error) => {
        settle()
        reject(meshErrorOf(error))
      },
    )
    const onAbort = () => sink.abort(new MeshrtError('MESHRT_MESH_ABORTED', `Cannot complete the request to "${request.service}": aborted`))
    const cancelDeadline = how.clock.schedule(timeoutMs, () =>
      sink.abort(
        new MeshrtError('MESHRT_MESH_TIMEOUT', `Cannot get a response from "${request.service}": not complete within ${timeoutMs} ms`),
      ),
    )
    const settle = () => {
      cancelDeadline()
      signal?.removeEventListener('abort', onAbort)
    }
    signal?.addEventListener('abort', onAbort)
    how.submit({ method: request.method, path: request.path, headers: request.headers ?? null, body: request.body }, sink)
    if (signal?.aborted) onAbort()
  })
}

class CollectingSink implements ResponseSink {
  readonly contextFree = true
  readonly #done: (response: MeshResponse) => void
  readonly #failed: (error: Error) => void
  readonly #chunks: Buffer[] = []
  #control: ExchangeControl | null = null
  #status = 0
  #headers: readonly string[] = []

  constructor(done: (response: MeshResponse) => void, failed: (error: Error) => void) {
    this.#done = done
    this.#failed = failed
  }

  abort(reason: Error): void {
    this.#control?.abort(reason)
  }

  started(control: ExchangeControl): void {
    this.#control = control
  }

  headers(status: number, headers: string[]): boolean {
    this.#status = status
    this.#headers = headers
    return true
  }

  data(chunk: Buffer): boolean {
    this.#chunks.push(chunk)
    return true
  }

  complete(): void {
    this.#done({ status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks) })
  }

  error(error: Error): void {
    this.#failed(error)
  }
}
