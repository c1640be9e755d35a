import type { ClientExchange } from '../exchange.ts'

/** Requests for a service that has no target at the moment; bounded in number, and each in time. */
export class HoldQueue {
  readonly #limits: { readonly timeMs: number; readonly max: number }
  readonly #held = new Set<ClientExchange>()

  constructor(limits: { readonly timeMs: number; readonly max: number }) {
    this.#limits = limits
  }

  get size(): number {
    return this.#held.size
  }

  /** False when it may not wait. */
  add(exchange: ClientExchange): boolean {
    if (this.#limits.timeMs === 0 || this.#held.size >= this.#limits.max) return false
    this.#held.add(exchange)
    exchange.hold(this.#limits.timeMs)
    return true
  }

  remove(exchange: ClientExchange): void {
    this.#held.delete(exchange)
  }

  takeAll(): readonly ClientExchange[] {
    const held = [...this.#held]
    this.#held.clear()
    for (const exchange of held) exchange.unhold()
    return held
  }
}
