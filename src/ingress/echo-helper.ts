import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Clock } from '../model/clock.ts'
import { ownEntry } from '../model/own-files.ts'
import type { SocketHandle } from './bound-socket.ts'

const DEADLINE_MS = 10_000

const CHILD = fileURLToPath(ownEntry('ingress/echo-child'))

export interface DuplicateOptions {
  readonly copies: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * The process that makes duplicates of sockets, once. To start it takes as long as it takes to start Node: who knows that it will be needed makes it
 * in time, and has to close it if it is not.
 */
export class EchoHelper {
  readonly #child: ChildProcess
  readonly #failed = Promise.withResolvers<never>()

  constructor() {
    // What goes wrong in it is for whoever runs this one to read.
    this.#child = fork(CHILD, { execArgv: [], env: childEnv(), stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    // Perhaps nobody asks it for anything.
    this.#failed.promise.catch(() => undefined)
    this.#child.on('error', (error) => this.#fail('the helper process did not start', error))
    this.#child.once('exit', (code, name) => this.#fail(`the helper process ended (${name ?? `code ${code}`})`))
  }

  /**
   * `copies` duplicates of each socket, each with a descriptor of its own, in the order of `sockets`. It has served then.
   * @throws MeshrtError MESHRT_INGRESS_FAILED when the process does not start or answer.
   */
  async duplicate(sockets: readonly SocketHandle[], { copies, clock, signal }: DuplicateOptions): Promise<readonly SocketHandle[][]> {
    const complete = Promise.withResolvers<void>()
    const duplicates: SocketHandle[][] = sockets.map(() => [])
    let missing = sockets.length * copies
    this.#child.on('message', ({ index }: { index: number }, handle: unknown) => {
      duplicates[index]?.push(handle as SocketHandle)
      if (--missing === 0) complete.resolve()
    })
    const onAbort = (): void => this.#fail('the runtime is stopping')
    signal.addEventListener('abort', onAbort, { once: true })
    const cancelDeadline = clock.schedule(DEADLINE_MS, () => this.#fail(`no answer within ${DEADLINE_MS} ms`))
    for (const [index, socket] of sockets.entries()) {
      this.#child.send({ index, copies }, socket as never, { keepOpen: true }, (error) => {
        if (error) this.#fail('the helper process is gone', error)
      })
    }
    try {
      await Promise.race([complete.promise, this.#failed.promise])
      return duplicates
    } catch (error) {
      for (const handle of duplicates.flat()) handle.close()
      throw error
    } finally {
      cancelDeadline()
      signal.removeEventListener('abort', onAbort)
      this.close()
    }
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }

  #fail(state: string, cause?: unknown): void {
    this.#failed.reject(new MeshrtError('MESHRT_INGRESS_FAILED', `Cannot duplicate the entrypoint's sockets: ${state}`, { cause }))
  }
}

/** No preloads, inspectors or coverage of the runtime's own. */
function childEnv(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...env } = process.env
  return env
}
