export interface SlotListeners {
  /** Node's undici, which is being loaded, has put a dispatcher into a slot. */
  readonly onDefined: () => void
  /** An undici looks at the slots from now on, be it Node's own or another. To be called in the turn in which that was loaded, or at the end of it. */
  readonly onLoaded: () => void
}

/**
 * Waits for the first undici that looks at the slots. To load Node's own takes a tenth of the time in which a worker starts, and many services never
 * call anybody. The returned function ends it, as long as nobody has come.
 */
export function watchSlots(slots: readonly symbol[], { onDefined, onLoaded }: SlotListeners): () => void {
  const unwatch = (): void => {
    for (const slot of slots) Reflect.deleteProperty(globalThis, slot)
  }
  const look = (slot: symbol): unknown => {
    unwatch()
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
  for (const slot of slots) {
    Object.defineProperty(globalThis, slot, {
      configurable: true,
      get: () => look(slot),
      set: (value: unknown) => {
        unwatch()
        Reflect.set(globalThis, slot, value)
        onLoaded()
      },
    })
  }
  return unwatch
}

/** In the very turn in which Node loads its undici somebody may send a request, so that the end of the turn is too late to step in. */
function watchDefinitions(slots: readonly symbol[], onDefined: () => void): () => void {
  const define = Object.defineProperty
  const watching = function (this: unknown, target: object, key: PropertyKey, descriptor: PropertyDescriptor): object {
    const defined = Reflect.apply(define, Object, [target, key, descriptor])
    if (target === globalThis && typeof key === 'symbol' && slots.includes(key) && isNodeLoading()) onDefined()
    return defined
  }
  // Where the language itself is frozen nobody steps in before the end of the turn.
  const isWatching = Reflect.set(Object, 'defineProperty', watching)
  return () => {
    if (isWatching && Object.defineProperty === watching) Object.defineProperty = define
  }
}

const NODES_OWN = 'node:internal/deps/undici/undici'
const DEEP_ENOUGH = 10

/** Whether the caller is called by the undici that is part of Node. */
function isNodeLoading(): boolean {
  const { stackTraceLimit } = Error
  const prepareStackTrace: unknown = Reflect.get(Error, 'prepareStackTrace')
  try {
    Error.stackTraceLimit = DEEP_ENOUGH
    Reflect.set(Error, 'prepareStackTrace', undefined)
    return new Error().stack?.includes(NODES_OWN) === true
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace)
  }
}
