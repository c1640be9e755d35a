import { hasMeshrtCode } from '../errors/meshrt-error.ts'
import type { Clock } from '../model/clock.ts'
import type { Emit } from '../model/events.ts'
import type { IngressSource } from '../pool/launcher.ts'
import type { PoolSupervisor } from '../pool/pool-supervisor.ts'
import { planAdoptions, type Adoption } from '../supervision/adoption.ts'
import { backoffDelayMs } from '../supervision/backoff.ts'
import type { Slot } from '../supervision/slot.ts'

export interface AdopterOptions {
  readonly ingress: IngressSource & {
    /** Slots that have a socket. */
    opened(): readonly number[]
  }
  readonly clock: Clock
  readonly emit: Emit
}

interface Keeper {
  readonly pool: PoolSupervisor
  /** The worker that serves in the slot does not turn its loop. */
  isStuck(slot: Slot): boolean
}

/** Between attempts to have sockets adopted: who waits in one of them waits for the next. */
const RETRY = { delayMs: 100, factor: 2, maxDelayMs: 10_000, jitter: 0 }

/** Has serving workers of the entrypoint accept from the sockets of slots that nobody serves, or that are no more. */
export class Adopter {
  readonly #options: AdopterOptions
  /** Under way as well. */
  #held: readonly Adoption[] = []
  /** Attempts that have failed since one did not. */
  #failures = 0
  #cancelRetry: (() => void) | null = null
  #closed = false

  constructor(options: AdopterOptions) {
    this.#options = options
  }

  /** To be called after every change of a slot, and when a worker gets stuck or is so no more. */
  update(keeper: Keeper): void {
    if (this.#closed) return
    const { pool } = keeper
    const stuck = new Set(pool.slots.filter((slot) => keeper.isStuck(slot)).map(({ id }) => id.slot))
    const opened = this.#options.ingress.opened()
    const plan = planAdoptions(pool.slots, { size: pool.size, opened, held: this.#held, stuck })
    this.#held = plan.held
    for (const { orphan, by } of plan.released) pool.worker(by.slot, by.generation)?.release(orphan)
    for (const adoption of plan.added) void this.#adopt(keeper, adoption)
  }

  /** Changes nothing any more: the services stop. */
  close(): void {
    this.#closed = true
    this.#cancelRetry?.()
  }

  async #adopt(keeper: Keeper, adoption: Adoption): Promise<void> {
    const { orphan, by } = adoption
    const { ingress } = this.#options
    try {
      const grant = await ingress.grant(orphan)
      // Served again by now, or adopted by another because this one has ended.
      const worker = this.#held.includes(adoption) ? keeper.pool.worker(by.slot, by.generation) : undefined
      if (grant.kind !== 'descriptor' || !worker) return ingress.takeBack(grant)
      await worker.adopt({ slot: orphan, fd: grant.fd })
      this.#failures = 0
    } catch (error) {
      this.#failed(keeper, { adoption, error })
    }
  }

  #failed(keeper: Keeper, { adoption, error }: { readonly adoption: Adoption; readonly error: unknown }): void {
    if (this.#closed || !this.#held.includes(adoption)) return
    this.#held = this.#held.filter((one) => one !== adoption)
    const { orphan, by } = adoption
    const { pool } = keeper
    // It may only have been late: nobody would tell it later that the slot is served again.
    pool.worker(by.slot, by.generation)?.release(orphan)
    if (this.#failures === 0 && !isGone(error)) {
      const message = `Cannot accept from the socket of slot ${orphan}: ${error instanceof Error ? error.message : String(error)}`
      this.#options.emit({ type: 'worker.warned', worker: { service: pool.spec.id, ...by }, message })
    }
    this.#cancelRetry ??= this.#retry(keeper)
  }

  #retry(keeper: Keeper): () => void {
    return this.#options.clock.schedule(backoffDelayMs(RETRY, this.#failures++, 0), () => {
      this.#cancelRetry = null
      this.update(keeper)
    })
  }
}

/** The worker has ended, which its slot tells anyway. */
function isGone(error: unknown): boolean {
  return hasMeshrtCode(error) && error.code === 'MESHRT_ITC_CLOSED'
}
