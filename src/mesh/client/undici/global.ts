import type { DispatchOptions } from './dispatch-options.ts'
import type { DispatchHandler } from './handlers.ts'
import { isNewHandler } from './handlers.ts'
import { toOldHandler } from './legacy.ts'
import { watchSlots } from './slot-watch.ts'

/** As much of undici's Dispatcher as can be relied on in all its versions. */
export interface Dispatcher {
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean
}

/** Where undici keeps its global dispatcher: up to 7 and the fetch of Node 22 and 24; 8 and the fetch of Node 26. */
const OLD = Symbol.for('undici.globalDispatcher.1')
const NEW = Symbol.for('undici.globalDispatcher.2')

/** Of the undici inside Node, which its `fetch` is part of. */
export const undiciMajor = Number.parseInt(process.versions['undici'] ?? '', 10)

/** The one that Node's own fetch looks at. */
const slotOfFetch = undiciMajor >= 8 ? NEW : OLD

export interface Installed {
  uninstall(): void
  /** Whether requests of Node's fetch still come by the mesh's dispatcher, or somebody has put in another. */
  isInFront(): boolean
}

type Mesh = Dispatcher & { takes(options: DispatchOptions): boolean }
type Slots = { [OLD]?: Dispatcher; [NEW]?: Dispatcher }

/**
 * Puts a dispatcher of the mesh's in both places, as soon as there is an undici that looks at them. What is not for the mesh (`takes` says) goes to
 * the dispatcher that was there before, untouched. `uninstall` puts those back.
 */
export function installDispatchers(mesh: Mesh): Installed {
  const fronts = new Fronts(mesh)
  if (OLD in globalThis || NEW in globalThis) {
    fronts.install()
    return { uninstall: () => fronts.uninstall(), isInFront: () => fronts.isInFront() }
  }
  let isOff = false
  let isPending = true
  const unlessOff = (work: () => void) => (): void => {
    isPending = false
    if (!isOff) work()
  }
  const watch = watchSlots([OLD, NEW], {
    onDefined: unlessOff(() => fronts.adopt()),
    onLoaded: unlessOff(() => fronts.install()),
    fixed: (slot) => fronts.of(slot === OLD ? OLD : NEW),
  })
  return {
    uninstall: () => {
      isOff = true
      if (isPending) watch.end()
      else fronts.uninstall()
    },
    isInFront: () => (isPending ? watch.isWaiting(slotOfFetch) : fronts.isInFront()),
  }
}

/** The dispatchers in both places, and those behind them. */
class Fronts {
  readonly #mesh: Mesh
  readonly #slots = globalThis as Slots
  readonly #behind: Slots = {}
  readonly #own: Slots = {}

  constructor(mesh: Mesh) {
    this.#mesh = mesh
  }

  /** Steps in front of what is there, once: who takes the place from then on wants to be in it himself. */
  adopt(): void {
    for (const slot of [OLD, NEW] as const) {
      const current = this.#slots[slot]
      if (current === undefined || this.#own[slot] !== undefined) continue
      this.#behind[slot] = current
      this.#put(slot, current)
    }
  }

  /** And into the place that is empty. */
  install(): void {
    // Node's own undici is loaded by the first use of any of its globals, and only then is there an original dispatcher.
    void globalThis.Headers
    this.adopt()
    for (const slot of [OLD, NEW] as const) if (this.#slots[slot] === undefined) this.#put(slot, this.#original)
  }

  /** What would be in the place, if it could be put there. */
  of(slot: typeof OLD | typeof NEW): Dispatcher {
    return (this.#own[slot] ??= this.#front(slot, undefined))
  }

  uninstall(): void {
    const original = this.#original
    for (const slot of [OLD, NEW] as const) {
      // A slot that was empty cannot be emptied again for undici; leave it to the original.
      const before = this.#behind[slot] ?? original
      if (this.#own[slot] !== undefined && before !== undefined) this.#slots[slot] = before
    }
  }

  isInFront(): boolean {
    return this.#slots[slotOfFetch] === this.#own[slotOfFetch]
  }

  get #original(): Dispatcher | undefined {
    return this.#behind[OLD] ?? this.#behind[NEW]
  }

  #put(slot: typeof OLD | typeof NEW, behind: Dispatcher | undefined): void {
    this.#own[slot] = this.#front(slot, behind)
    // The slots are writable but not configurable: assign.
    this.#slots[slot] = this.#own[slot]
  }

  #front(slot: typeof OLD | typeof NEW, behind: Dispatcher | undefined): Dispatcher {
    return inFrontOf(behind, slot === OLD ? this.#dispatchOld : this.#dispatchNew)
  }

  readonly #dispatchOld: Dispatcher['dispatch'] = (options, handler) => {
    if (this.#mesh.takes(options)) return this.#mesh.dispatch(options, handler)
    return dispatcherOf(this.#original).dispatch(options, handler)
  }

  readonly #dispatchNew: Dispatcher['dispatch'] = (options, handler) => {
    if (this.#mesh.takes(options)) return this.#mesh.dispatch(options, handler)
    const own = this.#behind[NEW]
    if (own !== undefined) return own.dispatch(options, handler)
    return dispatcherOf(this.#original).dispatch(options, isNewHandler(handler) ? toOldHandler(handler) : handler)
  }
}

/** What ends a dispatcher ends the original. */
const OF_THE_ORIGINAL: ReadonlySet<PropertyKey> = new Set(['close', 'destroy'])

/** Everything but `dispatch` is the original's: `compose`, options, events. Its own getters may look at private members, which only it has. */
function inFrontOf(original: Dispatcher | undefined, dispatch: Dispatcher['dispatch']): Dispatcher {
  const behind =
    original &&
    new Proxy(original, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' && OF_THE_ORIGINAL.has(key) ? value.bind(target) : value
      },
    })
  const front = Object.create(behind ?? null) as Dispatcher
  Object.defineProperty(front, 'dispatch', { value: dispatch, writable: true, configurable: true })
  return front
}

function dispatcherOf(original: Dispatcher | undefined): Dispatcher {
  if (original === undefined) throw new TypeError('Cannot send a request out of the mesh: this Node has no dispatcher of its own')
  return original
}
