import { Readable } from 'node:stream'
import type { MeshAnswer, MeshOrder } from '../control/port.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import { meshErrorOf } from '../mesh/client/errors.ts'
import type { DispatchHandler } from '../mesh/client/undici/handlers.ts'
import type { MeshEndpoint } from '../mesh/endpoint.ts'

interface Through {
  readonly endpoint: Pick<MeshEndpoint, 'dispatch'>
  readonly domain: string
  /** The whole answer is there, or there will be no more of it. */
  readonly onOver: () => void
}

/**
 * A request of somebody outside through the mesh, its body and its answer streamed.
 * @throws MeshrtError of the mesh, when there is no answer; what breaks later is an error of the answer's body
 */
export function requestThroughMesh(order: MeshOrder, { endpoint, domain, onOver }: Through): Promise<MeshAnswer> {
  const { service, method, path, headers, body, signal } = order
  const answer = new StreamedAnswer({ signal, onOver })
  const origin = `http://${service}${domain}`
  endpoint.dispatch({ origin, method, path, headers, body }, answer.handler)
  return answer.started
}

class StreamedAnswer {
  readonly #started = Promise.withResolvers<MeshAnswer>()
  readonly #signal: AbortSignal
  readonly #onOver: () => void
  readonly #body: Readable
  #abort: (reason: Error) => void = () => {}
  #resume: () => void = () => {}
  #isPaused = false
  #isOver = false

  constructor({ signal, onOver }: Pick<MeshOrder, 'signal'> & Pick<Through, 'onOver'>) {
    this.#signal = signal
    this.#onOver = onOver
    this.#body = new Readable({ read: () => this.#flow(), destroy: (error, done) => this.#destroyed(error, done) })
    // Whoever reads it hears of an error as well; nobody has to.
    this.#body.on('error', () => {})
    signal.addEventListener('abort', () => this.#cancel(), { once: true })
  }

  get started(): Promise<MeshAnswer> {
    return this.#started.promise
  }

  get handler(): DispatchHandler {
    return {
      onConnect: (abort) => {
        this.#abort = abort
        if (this.#signal.aborted) this.#cancel()
      },
      onHeaders: (status, headers, resume, statusMessage) => {
        this.#resume = resume
        this.#started.resolve({ status, statusMessage, headers, body: this.#body })
        return true
      },
      onData: (chunk) => {
        this.#isPaused = !this.#body.push(chunk)
        return !this.#isPaused
      },
      onComplete: () => {
        this.#over()
        this.#body.push(null)
      },
      onError: (error) => {
        this.#over()
        const translated = meshErrorOf(error)
        this.#started.reject(translated)
        this.#body.destroy(translated)
      },
    }
  }

  #over(): void {
    this.#isOver = true
    this.#onOver()
  }

  #flow(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#resume()
  }

  /** Whoever asked has gone. */
  #cancel(): void {
    if (!this.#isOver) this.#abort(new MeshrtError('MESHRT_MESH_ABORTED', 'Cannot complete the request: whoever asked has gone'))
  }

  #destroyed(error: Error | null, done: (error: Error | null) => void): void {
    this.#cancel()
    done(error)
  }
}
