import { MeshrtError } from '../errors/meshrt-error.ts'
import type { StartStage } from '../model/start-stage.ts'
import { adapt } from './adapt/adapt.ts'
import type { ListenPlace } from './hosted-app.ts'
import type { ListenCapture } from './listen-capture.ts'
import { importModule } from './module.ts'
import type { ServiceContext } from './service-context.ts'
import { classifyApp, describeValue, findHealthHook, findOffer, findStopHook, type Offer } from './service-kind.ts'
import type { WebServer } from './web-server.ts'

export interface LoadOptions {
  /** Absolute path. */
  readonly entry: string
  readonly context: ServiceContext
  /** It has no server, and says so. */
  readonly isBackground: boolean
  readonly capture: ListenCapture
  readonly place: ListenPlace
  /** Tells what it begins to wait for. */
  readonly enter: (stage: StartStage) => void
  /** Waits for the `listen()` of a service that exports nothing; null when none will come. */
  waitForListen(): Promise<WebServer | null>
}

export type LoadedService = {
  /** What ends the service, in order: the framework's close, the module's own hook. */
  readonly closers: readonly (() => unknown)[]
  /** The module's `health`. */
  readonly check: (() => unknown) | null
} & ({ readonly kind: 'server'; readonly server: WebServer } | { readonly kind: 'background' })

/**
 * Runs the entry and finds its server. Whatever the module throws is passed on as it is.
 * @throws MeshrtError MESHRT_ENTRY_UNUSABLE when what it exports cannot be hosted.
 */
export async function loadService(options: LoadOptions): Promise<LoadedService> {
  const { entry, context, capture, place, enter } = options
  enter('module')
  const namespace = await importModule(entry)
  const stopHook = findStopHook(namespace)
  const hooks = stopHook ? [stopHook] : []
  const check = findHealthHook(namespace)
  const offer = findOffer(namespace)
  enter('factory')
  const value = await valueOf(offer, context)
  const app = classifyApp(value)
  if (options.isBackground && value !== undefined && value !== null) throw unusable(offer, { value, entry, isBackground: true })
  if (app !== null) {
    enter('framework')
    const hosted = await adapt(app)
    capture.designate(hosted.server)
    await hosted.listen(place)
    return { kind: 'server', server: hosted.server, closers: hosted.close ? [hosted.close, ...hooks] : hooks, check }
  }
  if (value !== undefined && value !== null && capture.server === null) throw unusable(offer, { value, entry, isBackground: false })
  enter('listen')
  const server = capture.server ?? (await options.waitForListen())
  return server === null ? { kind: 'background', closers: hooks, check } : { kind: 'server', server, closers: hooks, check }
}

function valueOf(offer: Offer, context: ServiceContext): unknown {
  switch (offer.kind) {
    case 'factory':
      return offer.create(context)
    case 'value':
      return offer.value
    case 'nothing':
      return undefined
  }
}

function unusable(
  offer: Offer,
  { value, entry, isBackground }: { readonly value: unknown; readonly entry: string; readonly isBackground: boolean },
): MeshrtError {
  const what = offer.kind === 'factory' ? `its ${offer.name}() returned` : 'its default export is'
  const as = isBackground ? ' as a background service, which has no server' : ''
  return new MeshrtError('MESHRT_ENTRY_UNUSABLE', `Cannot host ${entry}${as}: ${what} ${describeValue(value)}`)
}
