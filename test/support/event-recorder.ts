import type { Emit, EventOf, EventType, RuntimeEvent } from '../../src/model/events.ts'

interface Waiter {
  readonly matches: (event: RuntimeEvent) => boolean
  readonly resolve: (event: RuntimeEvent) => void
}

/** Hears every event; a test asks for the next one of a kind instead of sleeping. */
export class EventRecorder {
  readonly #events: RuntimeEvent[] = []
  readonly #taken = new Set<RuntimeEvent>()
  #waiters: Waiter[] = []

  /** Hand this to what is under test. */
  readonly emit: Emit = (event) => {
    this.#events.push(event)
    const waiter = this.#waiters.find((candidate) => candidate.matches(event))
    if (!waiter) return
    this.#waiters = this.#waiters.filter((candidate) => candidate !== waiter)
    this.#taken.add(event)
    waiter.resolve(event)
  }

  get events(): readonly RuntimeEvent[] {
    return this.#events
  }

  get types(): readonly EventType[] {
    return this.#events.map((event) => event.type)
  }

  of<T extends EventType>(type: T): readonly EventOf<T>[] {
    return this.#events.filter((event): event is EventOf<T> => event.type === type)
  }

  /**
   * The first event of this type that no earlier `next` has taken: one already heard, or else one still to come.
   * @throws Error with the events heard so far, when none came within the deadline (real time).
   */
  next<T extends EventType>(
    type: T,
    predicate: (event: EventOf<T>) => boolean = () => true,
    options: { readonly deadlineMs: number } = { deadlineMs: 5000 },
  ): Promise<EventOf<T>> {
    const matches = (event: RuntimeEvent): event is EventOf<T> => event.type === type && predicate(event as EventOf<T>)
    const heard = this.#events.filter((event) => !this.#taken.has(event)).find(matches)
    if (heard) {
      this.#taken.add(heard)
      return Promise.resolve(heard)
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        matches,
        resolve: (event) => {
          clearTimeout(deadline)
          resolve(event as EventOf<T>)
        },
      }
      const deadline = setTimeout(() => {
        this.#waiters = this.#waiters.filter((candidate) => candidate !== waiter)
        reject(new Error(`No ${type} within ${options.deadlineMs} ms; heard: ${this.types.join(', ') || 'nothing'}`))
      }, options.deadlineMs)
      this.#waiters.push(waiter)
    })
  }
}
