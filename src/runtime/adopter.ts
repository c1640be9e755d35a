import type { RequestIngress } from '../pool/launcher.ts'
import type { PoolSupervisor } from '../pool/pool-supervisor.ts'
import { planAdoptions, type Adoption } from '../supervision/adoption.ts'

/** Has serving workers of the entrypoint accept from the sockets of slots that nobody serves, or that are no more. */
export class Adopter {
  readonly #grant: RequestIngress
  readonly #stuck = new Set<number>()
  #held: readonly Adoption[] = []
  /** Slots that have ever been there. */
  #opened = 0

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
    this.#opened = Math.max(this.#opened, pool.slots.length)
    const plan = planAdoptions(pool.slots, { size: pool.size, opened: this.#opened, held: this.#held, stuck: this.#stuck })
    this.#held = plan.held
    for (const { orphan, by } of plan.released) pool.worker(by.slot, by.generation)?.release(orphan)
    for (const adoption of plan.added) void this.#adopt(pool, adoption)
  }

  async #adopt(pool: PoolSupervisor, adoption: Adoption): Promise<void> {
    const { orphan, by } = adoption
    try {
      const grant = await this.#grant(orphan)
      if (grant.kind !== 'descriptor') return
      // Also when the slot is served again by now: the descriptor has to be claimed by somebody, and then closed.
      pool.worker(by.slot, by.generation)?.adopt({ slot: orphan, fd: grant.fd })
      if (!this.#held.includes(adoption)) pool.worker(by.slot, by.generation)?.release(orphan)
    } catch {
      // No duplicate to be had now: the slot's next change tries again.
      this.#held = this.#held.filter((one) => one !== adoption)
    }
  }
}
