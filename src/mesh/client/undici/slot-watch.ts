import { getCallSites } from 'node:util'

export interface SlotListeners {
  /** Node's undici, which is being loaded, has put a dispatcher into a slot. */
  readonly onDefined: () => void
  /** An undici looks at the slots from now on, be it Node's own or another. Called in the turn in which that was loaded, or at the end of it. */
  readonly onLoaded: () => void
  /** What is to be in the slot where nothing of the global object can be changed any more. */
  readonly fixed: (slot: symbol) => unknown
}

export interface SlotWatch {
  /** Whether nobody has looked at the slot, and nobody has put anything in. */
  isWaiting(slot: symbol): boolean
  /** Ends it, as long as nobody has come. */
  end(): void
}

/**
 * Waits for the first undici that looks at the slots. To load Node's own takes a tenth of the time in which a worker starts, and many services never
 * call anybody.
 */
export function watchSlots(slots: readonly symbol[], { onDefined, onLoaded, fixed }: SlotListeners): SlotWatch {
  const getters = new Map(slots.map((slot) => [slot, (): unknown => look(slot)]))
  let isOver = false
  const end = (): boolean => {
    isOver = true
    return slots.every((slot) => Reflect.deleteProperty(globalThis, slot))
  }
  const look = (slot: symbol): unknown => {
    if (isOver || !end()) return fixed(slot)
    // Nobody has loaded Node's own, or it would have been the first: it comes first now.
    if (!isNodeLoading()) {
      onLoaded()
      return Reflect.get(globalThis, slot)
    }
    const endWatching = watchDefinitions(slots, onDefined)
    queueMicrotask(() => {
      endWatching()
      onLoaded()
    })
    // An empty slot is what has it make its dispatcher.
    return undefined
  }
  const put = (slot: symbol, value: unknown): void => {
    if (isOver || !end()) return
    onLoaded()
    // As it would be after that: whoever puts something in is in front.
    Reflect.set(globalThis, slot, value)
  }
  for (const [slot, get] of getters) {
    const set = (value: unknown): void => {
      put(slot, value)
    }
    Object.defineProperty(globalThis, slot, { configurable: true, get, set })
  }
  return {
    isWaiting: (slot) => Object.getOwnPropertyDescriptor(globalThis, slot)?.get === getters.get(slot),
    end: () => void (isOver || end()),
  }
}

/** In the very turn in which Node loads its undici somebody may send a request, so that the end of the turn is too late to step in. */
function watchDefinitions(slots: readonly symbol[], onDefined: () => void): () => void {
  const define = Object.defineProperty
  const awaited = new Set<PropertyKey>(slots)
  const watching = function (this: unknown, target: object, key: PropertyKey, descriptor: PropertyDescriptor): object {
    const defined = Reflect.apply(define, Object, [target, key, descriptor])
    // The first time it is Node's undici; whoever comes after it wants to be in the slot himself.
    if (target === globalThis && awaited.delete(key)) onDefined()
    return defined
  }
  // Where the language itself is frozen nobody steps in before the end of the turn, and what was frozen meanwhile stays as it is.
  Reflect.set(Object, 'defineProperty', watching)
  return () => {
    awaited.clear()
    if (Object.defineProperty === watching) Reflect.set(Object, 'defineProperty', define)
  }
}

const NODES_OWN = 'node:internal/deps/undici/undici'
const DEEP_ENOUGH = 10

/** Whether the caller is called by the undici that is part of Node. Not by the text of a stack, from which some take away Node's part. */
function isNodeLoading(): boolean {
  return getCallSites(DEEP_ENOUGH).some(({ scriptName }) => scriptName === NODES_OWN)
}
