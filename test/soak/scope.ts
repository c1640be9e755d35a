import { tempDir, type Owner } from '../support/temp-dir.ts'

/** Clears away, last first, what a soak run made: what a test's own context does for a test. */
export class Scope implements Owner {
  readonly #tasks: (() => unknown)[] = []

  readonly after: Owner['after'] = (task) => {
    // Never called with the arguments of the test runner: the helpers of the tests take none.
    if (task) this.#tasks.push(task as () => unknown)
  }

  folder(): string {
    return tempDir(this)
  }

  async end(): Promise<void> {
    for (let task = this.#tasks.pop(); task; task = this.#tasks.pop()) await task()
  }
}
