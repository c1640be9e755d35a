import { MeshrtError } from '../errors/meshrt-error.ts'
import { fromErrorInfo } from '../model/failure.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { formatMs } from './format.ts'
import { EVERYTHING_READY, readinessOf, type Readiness } from './readiness.ts'
import { describeUnready } from './views/footer.ts'

/**
 * Starts the runtime of this process and waits until all its services are ready.
 * @returns null then, or when it was stopped on the way; else MESHRT_TIMEOUT with what blocks, MESHRT_SERVICE_FAILED or MESHRT_NEVER_REACHED. It runs on either way.
 * @throws as `Runtime.start()`
 */
export async function startWithin(runtime: Runtime, waitMs: number): Promise<MeshrtError | null> {
  const outcome = Promise.withResolvers<MeshrtError | null>()
  const timer = setTimeout(() => outcome.resolve(tooLate(runtime, waitMs)), waitMs)
  const failures = new Map<string, Error>()
  const look = (): void => {
    const readiness = readinessOf(runtime.port.view(), EVERYTHING_READY)
    if (readiness.kind === 'reached') outcome.resolve(null)
    if (readiness.kind === 'unreachable') outcome.resolve(neverReady(readiness, failures.get(readiness.service.id)))
  }
  const offEvents = runtime.onEvent(({ event }) => {
    if (event.type === 'service.failed') failures.set(event.service, fromErrorInfo(event.error))
    // When everybody has heard of the event, the view shows what came of it.
    setImmediate(look)
  })
  runtime.start().then(look, outcome.reject)
  // Why it has ended, if that was a failure: this comes before the rejection of the start.
  void runtime.ended.then(({ error }) => (error === null ? outcome.resolve(null) : outcome.reject(error)))
  try {
    return await outcome.promise
  } finally {
    clearTimeout(timer)
    offEvents()
  }
}

function tooLate(runtime: Runtime, waitMs: number): MeshrtError {
  const view = runtime.port.view()
  const state = describeUnready(view, Date.now()) ?? `the runtime is ${view.runtime.state}`
  return new MeshrtError('MESHRT_TIMEOUT', `Cannot wait longer than ${formatMs(waitMs)}: ${state}`)
}

function neverReady({ service, reason }: Extract<Readiness, { kind: 'unreachable' }>, cause: Error | undefined): MeshrtError {
  const code = service.state === 'failed' ? 'MESHRT_SERVICE_FAILED' : 'MESHRT_NEVER_REACHED'
  return new MeshrtError(code, `Cannot wait until everything is ready: "${service.id}" ${reason}`, { cause })
}
