import type { RequestIngress } from '../pool/launcher.ts'
import type { PoolSupervisor } from '../pool/pool-supervisor.ts'
import { planAdoptions, type Adoption } from '../supervision/adoption.ts'

/** Has ready workers of the entrypoint accept from the sockets of slots that nobody serves. */
export class Adopter {
  readonly #grant: RequestIngress
  readonly #stuck = new Set<number>()
  #held: readonly Adoption[] = []

  constructor(grant: RequestIngress) {
    this.#grant = grant
  }

  /** A slot's worker does not turn its loop, or does again. */
  setStuck(pool: PoolSupervisor, slot: number, stuck: boolean): void {
    if (stuck) this.#stuck.add(slot)
    else this.#stuck.delete(slot)
    this.update(pool)
  }

  update(pool: PoolSupervisor): void {
    for (const slot of this.#stuck) if (pool.slots[slot]?.phase.kind !== 'ready') this.#stuck.delete(slot)
    const served = new Set(
      pool.slots.filter((slot) => slot.phase.kind === 'ready' && !this.#stuck.has(slot.id.slot)).map((slot) => slot.id.slot),
    )
    this.#held = this.#held.filter((adoption) => !served.has(adoption.orphan))
    const added = planAdoptions(pool.slots, { held: this.#held, stuck: this.#stuck })
    this.#held = [...this.#held, ...added]
    for (const adoption of added) void this.#adopt(pool, adoption)
  }

  async #adopt(pool: PoolSupervisor, adoption: Adoption): Promise<void> {
    const { orphan, by } = adoption
    try {
      const grant = await this.#grant(orphan)
      if (grant.kind === 'descriptor') pool.worker(by.slot, by.generation)?.adopt(grant.fd)
    } catch {
      // No duplicate to be had now: the slot's next change tries again.
      this.#held = this.#held.filter((one) => one !== adoption)
    }
  }
}
