import type { DispatchOptions } from './dispatch-options.ts'
import type { DispatchHandler } from './handlers.ts'
import { isNewHandler } from './handlers.ts'
import { toOldHandler } from './legacy.ts'

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

type Slots = { [OLD]?: Dispatcher; [NEW]?: Dispatcher }

/**
 * Puts a dispatcher of the mesh's in both places. What is not for the mesh (`takes` says) goes to the dispatcher that was
 * there before, untouched. `uninstall` puts those back.
 */
export function installDispatchers(mesh: Dispatcher & { takes(options: DispatchOptions): boolean }): Installed {
  const slots = globalThis as Slots
  // Node's own undici is loaded by the first use of any of its globals, and only then is there an original dispatcher.
  void globalThis.Headers
  const before = { old: slots[OLD], new: slots[NEW] }
  const original = before.old ?? before.new
  // The slots are writable but not configurable: assign.
  slots[OLD] = inFrontOf(before.old ?? before.new, (options, handler) => {
    if (mesh.takes(options)) return mesh.dispatch(options, handler)
    return dispatcherOf(original).dispatch(options, handler)
  })
  slots[NEW] = inFrontOf(before.new ?? before.old, (options, handler) => {
    if (mesh.takes(options)) return mesh.dispatch(options, handler)
    if (before.new !== undefined) return before.new.dispatch(options, handler)
    return dispatcherOf(original).dispatch(options, isNewHandler(handler) ? toOldHandler(handler) : handler)
  })
  const own = slotOfFetch === OLD ? slots[OLD] : slots[NEW]
  const uninstall = () => {
    if (before.old !== undefined) slots[OLD] = before.old
    if (before.new !== undefined) slots[NEW] = before.new
    // A slot that was empty cannot be emptied again for undici; leave it to the original.
    if (before.new === undefined && original !== undefined) slots[NEW] = original
  }
  return { uninstall, isInFront: () => slots[slotOfFetch] === own }
}

/** Everything but `dispatch` is the original's: `close`, `compose`, events. */
function inFrontOf(original: Dispatcher | undefined, dispatch: Dispatcher['dispatch']): Dispatcher {
  const front = Object.create(original ?? null) as Dispatcher
  Object.defineProperty(front, 'dispatch', { value: dispatch, writable: true, configurable: true })
  return front
}

function dispatcherOf(original: Dispatcher | undefined): Dispatcher {
  if (original === undefined) throw new TypeError('Cannot send a request out of the mesh: this Node has no dispatcher of its own')
  return original
}
