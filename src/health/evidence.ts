import type { WorkerKey } from '../model/ids.ts'
import type { Finding } from '../model/verdict.ts'

/** What a caller tells of a target. `gone`: the caller has ended, and with it what it had to say. */
export type CallerReport =
  | { readonly kind: 'stuck' | 'unstuck' | 'circuit-opened'; readonly caller: WorkerKey; readonly target: WorkerKey }
  | { readonly kind: 'gone'; readonly caller: WorkerKey }

/** What speaks for one worker's not being alive, gathered between two checks. Times are the monitor's own. */
export class Evidence {
  readonly #stuck = new Map<WorkerKey, number>()
  /** When it was last found stuck, while it is not. */
  #unstuckMs = Number.NEGATIVE_INFINITY
  readonly #opened = new Set<WorkerKey>()
  #missedMs: number | null = null

  hear(kind: 'stuck' | 'unstuck' | 'circuit-opened', caller: WorkerKey, atMs: number): void {
    if (kind === 'unstuck') this.#content(caller, atMs)
    else if (kind === 'circuit-opened') this.#opened.add(caller)
    else if (!this.#stuck.has(caller)) this.#stuck.set(caller, atMs)
  }

  forget(caller: WorkerKey, atMs: number): void {
    this.#content(caller, atMs)
    this.#opened.delete(caller)
  }

  /** It answered a ping, but too late. */
  missed(ms: number): void {
    this.#missedMs = Math.max(this.#missedMs ?? 0, ms)
  }

  /** Nothing speaks against it. */
  get isEmpty(): boolean {
    return this.#stuck.size === 0 && this.#opened.size === 0 && this.#missedMs === null
  }

  /** Some caller says that it takes nothing. */
  get isStuck(): boolean {
    return this.#stuck.size > 0
  }

  /** Under load it takes a request now and again, and callers are content for a moment. */
  wasStuck(sinceMs: number): boolean {
    return this.isStuck || this.#unstuckMs >= sinceMs
  }

  /** The strongest first; what happened once counts for one check. */
  take(atMs: number, limits: { readonly pingMs: number; readonly stuckMs: number }): readonly Finding[] {
    const found: Finding[] = []
    if (this.#missedMs !== null) found.push({ measure: 'ping', limit: limits.pingMs, value: this.#missedMs })
    const since = Math.min(...this.#stuck.values())
    // From when the caller told, by when it had lasted that long already.
    if (this.#stuck.size > 0) found.push({ measure: 'stuck', limit: limits.stuckMs, value: limits.stuckMs + atMs - since })
    if (this.#opened.size > 0) found.push({ measure: 'transport', limit: 0, value: this.#opened.size })
    this.#missedMs = null
    this.#opened.clear()
    return found
  }

  #content(caller: WorkerKey, atMs: number): void {
    if (this.#stuck.delete(caller)) this.#unstuckMs = atMs
  }
}
