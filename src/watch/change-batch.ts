import type { Clock } from '../model/clock.ts'

/** A burst of saves is one change: it is over when nothing has changed for this long. */
const QUIET_MS = 100

/** Collects changed files until a burst is over. */
export class ChangeBatch {
  readonly #clock: Clock
  readonly #onBatch: (files: readonly string[]) => void
  readonly #files = new Set<string>()
  #cancel: (() => void) | null = null

  constructor(clock: Clock, onBatch: (files: readonly string[]) => void) {
    this.#clock = clock
    this.#onBatch = onBatch
  }

  add(file: string): void {
    this.#files.add(file)
    this.#cancel?.()
    this.#cancel = this.#clock.schedule(QUIET_MS, () => this.#flush())
  }

  close(): void {
    this.#cancel?.()
    this.#files.clear()
  }

  #flush(): void {
    const files = [...this.#files].sort()
    this.#files.clear()
    this.#onBatch(files)
  }
}
