import type { MeshSpec } from '../../../model/spec.ts'
import { nextCursor, pickLeastPending, startCursor } from '../../selection.ts'
import type { RoutedTarget } from './routed-target.ts'

const pendingOf = (target: RoutedTarget): number => target.pending

/** Takes one of the eligible targets for each request, as `mesh.selection` says. */
export class Picker {
  readonly #leastPending: boolean
  readonly #random: () => number
  #cursor: number | null = null

  constructor(selection: MeshSpec['selection'], random: () => number) {
    this.#leastPending = selection === 'least-pending'
    this.#random = random
  }

  /** Null when there is none. */
  pick(eligible: readonly RoutedTarget[]): RoutedTarget | null {
    if (eligible.length < 2) return eligible[0] ?? null
    if (this.#leastPending) return eligible[pickLeastPending(eligible, this.#random(), pendingOf)] ?? null
    const cursor = this.#cursor ?? startCursor(eligible.length, this.#random())
    this.#cursor = nextCursor(cursor, eligible.length)
    // There may be fewer of them than last time.
    return eligible[cursor] ?? eligible[0] ?? null
  }

  pickOther(eligible: readonly RoutedTarget[], than: RoutedTarget): RoutedTarget | null {
    const picked = this.pick(eligible)
    return picked === than ? (eligible.find((target) => target !== than) ?? null) : picked
  }
}
