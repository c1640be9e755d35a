import type { IngressSource } from '../pool/launcher.ts'
import type { PoolSupervisor } from '../pool/pool-supervisor.ts'
import { planAdoptions, type Adoption } from '../supervision/adoption.ts'
import type { Slot } from '../supervision/slot.ts'

interface Keeper {
  readonly pool: PoolSupervisor
  /** The worker that serves in the slot does not turn its loop. */
  isStuck(slot: Slot): boolean
}

/** Has serving workers of the entrypoint accept from the sockets of slots that nobody serves, or that are no more. */
export class Adopter {
  readonly #ingress: IngressSource
  #held: readonly Adoption[] = []
  /** Slots that have ever been there. */
  #opened = 0

  constructor(ingress: IngressSource) {
    this.#ingress = ingress
  }

  /** To be called after every change of a slot, and when a worker gets stuck or is so no more. */
  update(keeper: Keeper): void {
    const { pool } = keeper
    this.#opened = Math.max(this.#opened, pool.slots.length)
    const stuck = new Set(pool.slots.filter((slot) => keeper.isStuck(slot)).map(({ id }) => id.slot))
    const plan = planAdoptions(pool.slots, { size: pool.size, opened: this.#opened, held: this.#held, stuck })
    this.#held = plan.held
    for (const { orphan, by } of plan.released) pool.worker(by.slot, by.generation)?.release(orphan)
    for (const adoption of plan.added) void this.#adopt(pool, adoption)
  }

  async #adopt(pool: PoolSupervisor, adoption: Adoption): Promise<void> {
    const { orphan, by } = adoption
    try {
      const grant = await this.#ingress.grant(orphan)
      // Served again by now, or adopted by another because this one has ended.
      const worker = this.#held.includes(adoption) ? pool.worker(by.slot, by.generation) : undefined
      if (grant.kind !== 'descriptor' || !worker) return this.#ingress.takeBack(grant)
      await worker.adopt({ slot: orphan, fd: grant.fd })
    } catch {
      // No duplicate to be had now: the slot's next change tries again.
      this.#held = this.#held.filter((one) => one !== adoption)
    }
  }
}
