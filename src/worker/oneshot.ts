import { MeshrtError } from '../errors/meshrt-error.ts'
import { importModule } from './module.ts'
import type { ServiceContext } from './service-context.ts'
import { classifyApp, describeValue, findOffer, findStopHook } from './service-kind.ts'

export interface OneshotOptions {
  /** Absolute path. */
  readonly entry: string
  readonly context: ServiceContext
  /** What the module wants to be called if it is stopped before its end. */
  readonly onStopHook: (hook: () => unknown) => void
  /** From now on nothing of the runtime's keeps the thread alive. */
  readonly letGo: () => void
  /** Ends what the runtime has open here. */
  readonly release: () => void
}

/**
 * Runs a service to its end, which is the end of the thread: this never resolves. A module that exports a function is done when that
 * has returned, whatever it leaves open (database pools are hardly ever closed); any other one when its thread has nothing left to
 * do, as it would be as a process. `process.exitCode` counts in both cases.
 */
export async function runOneshot({ entry, context, onStopHook, letGo, release }: OneshotOptions): Promise<never> {
  const namespace = await importModule(entry)
  const hook = findStopHook(namespace)
  if (hook) onStopHook(hook)
  const offer = findOffer(namespace)
  switch (offer.kind) {
    case 'value':
      throw unusable(entry, `its default export is ${describeValue(offer.value)}`)
    case 'factory': {
      const result = await offer.create(context)
      if (typeof result === 'object' && classifyApp(result)) throw unusable(entry, `its ${offer.name}() returned a server`)
      // Else it is the stop that ends the thread.
      if (!context.signal.aborted) end(release)
      break
    }
    case 'nothing':
      letGo()
  }
  return new Promise<never>(() => {})
}

function end(release: () => void): never {
  release()
  process.exit()
}

function unusable(entry: string, what: string): MeshrtError {
  return new MeshrtError('MESHRT_ENTRY_UNUSABLE', `Cannot run ${entry} as a oneshot, which exports a function or nothing: ${what}`)
}
