import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Clock } from '../model/clock.ts'
import type { SocketHandle } from './bound-socket.ts'
import { ownEntry } from '../model/own-files.ts'

const DEADLINE_MS = 10_000
const MAX_STDERR_CHARS = 2000

const CHILD = fileURLToPath(ownEntry('ingress/echo-child'))

export interface DuplicateOptions {
  readonly copies: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * `copies` duplicates of each socket, each with a descriptor of its own, in the order of `sockets`.
 * @throws MeshrtError MESHRT_INGRESS_FAILED when the helper process does not start or answer.
 */
export async function duplicateSockets(sockets: readonly SocketHandle[], options: DuplicateOptions): Promise<readonly SocketHandle[][]> {
  const { copies, clock, signal } = options
  const child = fork(CHILD, { execArgv: [], env: childEnv(), stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const result = Promise.withResolvers<readonly SocketHandle[][]>()
  const fail = (state: string, cause?: unknown): void => {
    result.reject(new MeshrtError('MESHRT_INGRESS_FAILED', `Cannot duplicate the entrypoint's sockets: ${state}`, { cause }))
  }
  const duplicates: SocketHandle[][] = sockets.map(() => [])
  let missing = sockets.length * copies
  const stderr = collectText(child)
  child.on('message', ({ index }: { index: number }, handle: unknown) => {
    duplicates[index]?.push(handle as SocketHandle)
    if (--missing === 0) result.resolve(duplicates)
  })
  child.once('error', (error) => fail('the helper process did not start', error))
  child.once('exit', (code, name) => fail(`the helper process ended (${name ?? `code ${code}`}) ${stderr()}`.trimEnd()))
  const onAbort = (): void => fail('the runtime is stopping')
  signal.addEventListener('abort', onAbort, { once: true })
  const cancelDeadline = clock.schedule(DEADLINE_MS, () => fail(`no answer within ${DEADLINE_MS} ms`))
  for (const [index, socket] of sockets.entries()) {
    child.send({ index, copies }, socket as never, { keepOpen: true }, (error) => {
      if (error) fail('the helper process is gone', error)
    })
  }
  try {
    return await result.promise
  } catch (error) {
    for (const handle of duplicates.flat()) handle.close()
    throw error
  } finally {
    cancelDeadline()
    signal.removeEventListener('abort', onAbort)
    child.kill('SIGKILL')
  }
}

/** No preloads, inspectors or coverage of the runtime's own. */
function childEnv(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...env } = process.env
  return env
}

function collectText(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-MAX_STDERR_CHARS)
  })
  return () => text
}
