import { MeshrtError } from '../../errors/meshrt-error.ts'
import type { Clock } from '../../model/clock.ts'
import type { Emit } from '../../model/events.ts'
import type { ServiceId } from '../../model/ids.ts'
import type { ReloadPlan, ServiceStep } from '../../model/reload.ts'
import { findService, type RuntimeSpec, type ServiceSpec } from '../../model/spec.ts'
import type { Deployment } from '../../pool/pool-options.ts'
import { sizeAfter } from '../../supervision/reload-plan.ts'
import { arrivingWorker } from '../../supervision/serving.ts'
import type { LastLines } from '../failure-cause.ts'
import { rollOut } from '../rollout.ts'
import { scaleService } from '../scale.ts'
import type { ServiceKeeper } from '../service-keeper.ts'
import type { ServiceRegistry } from '../service-registry.ts'
import { startOne } from '../start-sequence.ts'
import { IDLE_MS } from '../stop-sequence.ts'
import { SlotsBefore } from './slots-before.ts'
import { startAdded } from './start-added.ts'
import { TimeLimit } from './time-limit.ts'

export interface ApplyParts {
  readonly registry: ServiceRegistry
  readonly clock: Clock
  readonly emit: Emit
  readonly lastLines: LastLines
  readonly isStopping: () => boolean
  /** Resolves when the runtime is to stop. */
  readonly stopRequested: Promise<void>
  /** What the runtime itself goes by from now on. */
  readonly adopt: (spec: RuntimeSpec) => void
}

/** `limitMs`: how long all may take that comes before the first service is removed, and then once more the undoing. */
export interface Order {
  readonly plan: ReloadPlan
  readonly specs: Specs
  readonly limitMs: number
}

export interface Specs {
  readonly before: RuntimeSpec
  readonly after: RuntimeSpec
}

/** What has become of a plan. */
export type Outcome =
  | { readonly kind: 'applied' }
  /** `undone`: what had been done, in words; `left`: services whose old state did not come back, with the reason. */
  | { readonly kind: 'undone'; readonly error: unknown; readonly undone: readonly string[]; readonly left: readonly string[] }
  | { readonly kind: 'superseded' }

/** Carries a plan out, step by step; when one fails, those before it are undone, the last first. */
export async function applyPlan({ plan, specs, limitMs }: Order, parts: ApplyParts): Promise<Outcome> {
  const application = new Application(specs, { ...parts, limitMs })
  const onTrial = plan.steps.map(({ service }) => service)
  for (const service of onTrial) parts.registry.beginTrial(service)
  try {
    return await application.run(plan)
  } finally {
    application.end()
    for (const service of onTrial) parts.registry.endTrial(service)
  }
}

interface Undo {
  readonly what: string
  readonly run: () => Promise<void>
}

/** A service before it was changed. */
interface Before {
  readonly deployment: Deployment
  readonly size: number
  readonly slots: SlotsBefore
}

class Application {
  readonly #specs: Specs
  readonly #parts: ApplyParts
  readonly #limitMs: number
  readonly #done: Undo[] = []
  /** Rejects when the runtime is to stop. */
  readonly #superseded: Promise<never>
  #limit: TimeLimit
  /** The service that is being changed. */
  #changing: { readonly keeper: ServiceKeeper; readonly slots: Before['slots'] } | null = null

  constructor(specs: Specs, { limitMs, ...parts }: ApplyParts & { readonly limitMs: number }) {
    this.#specs = specs
    this.#parts = parts
    this.#limitMs = limitMs
    this.#limit = this.#beginLimit()
    this.#superseded = parts.stopRequested.then(() => {
      throw stopping()
    })
    this.#superseded.catch(() => undefined)
  }

  async run({ steps }: ReloadPlan): Promise<Outcome> {
    const { before, after } = this.#specs
    this.#parts.adopt(after)
    try {
      for (const step of steps) {
        this.#requireRunning()
        // What is removed does not come back, and how long that takes has limits of its own.
        await (step.kind === 'removed' ? this.#take(step) : this.#inTime(step))
      }
      return { kind: 'applied' }
    } catch (error) {
      if (this.#parts.isStopping()) return { kind: 'superseded' }
      this.#parts.adopt(before)
      return { kind: 'undone', error, ...(await this.#undo()) }
    }
  }

  /** However the step itself takes it: when the time is over, that is why it has failed. */
  async #inTime(step: ServiceStep): Promise<void> {
    try {
      if (!this.#limit.hasPassed) return await this.#take(step)
    } catch (error) {
      if (!this.#limit.hasPassed || this.#parts.isStopping()) throw error
    } finally {
      this.#changing = null
    }
    throw new MeshrtError('MESHRT_TIMEOUT', `it took longer than ${this.#limitMs / 1000} s, ${this.#describe(step)}`)
  }

  #describe({ kind, service }: ServiceStep): string {
    const keeper = this.#parts.registry.keepers.get(service)
    const waits = keeper?.waitingFor.map((edge) => `"${edge.service}" to be ${edge.condition}`) ?? []
    return waits.length > 0 ? `and "${service}" still waits for ${waits.join(' and ')}` : `and "${service}" is not ${kind} yet`
  }

  /** To be called at the end, however that comes. */
  end(): void {
    this.#limit.end()
  }

  #take(step: ServiceStep): Promise<void> {
    switch (step.kind) {
      case 'added':
        return this.#add(specOf(this.#specs.after, step.service))
      case 'changed':
        return this.#change(this.#keeper(step.service), step)
      case 'removed':
        return this.#remove(this.#keeper(step.service))
    }
  }

  async #add(spec: ServiceSpec): Promise<void> {
    const { registry } = this.#parts
    const keeper = registry.add(spec, this.#specs.after)
    this.#done.push({ what: `${spec.id} removed again`, run: () => this.#remove(keeper) })
    await startAdded(keeper, { ...this.#parts, keepers: registry.keepers, interrupted: this.#interrupted() })
  }

  async #change(keeper: ServiceKeeper, { roll, service }: Extract<ServiceStep, { kind: 'changed' }>): Promise<void> {
    const { registry } = this.#parts
    const { pool } = keeper
    const deployment = pool.deployment
    const spec = specOf(this.#specs.after, service)
    const size = pool.size
    const slots = new SlotsBefore(keeper.pool.slots)
    this.#done.push({
      what: `${service} as before`,
      run: () => this.#takeBack(keeper, { deployment, size, slots }),
    })
    this.#changing = { keeper, slots }
    const target = sizeAfter(size, { before: deployment.spec, after: spec })
    registry.deploy(keeper, registry.deploymentOf(spec, this.#specs.after))
    if (rests(keeper)) return this.#rearrange(keeper, target)
    // What fails does so before anybody is drained for it.
    if (target > size) await this.#scale(keeper, target)
    if (roll) await this.#roll(keeper, slots.ids.slice(0, target))
    if (target < size) await this.#scale(keeper, target)
  }

  /** Replaces those workers only that are others than before. */
  async #takeBack(keeper: ServiceKeeper, { deployment, size, slots }: Before): Promise<void> {
    this.#parts.registry.deploy(keeper, deployment)
    if (rests(keeper)) return this.#rearrange(keeper, size)
    this.#changing = { keeper, slots: new SlotsBefore(keeper.pool.slots) }
    const others = keeper.pool.slots.filter((slot) => slot.id.slot < size && slots.isOther(slot))
    await this.#scale(keeper, size)
    await this.#roll(
      keeper,
      others.map(({ id }) => id.slot),
    )
  }

  /** Of a service that has no workers. One that waits may wait for others than before; when it starts, and how that ends, is as at a start of the runtime. */
  #rearrange(keeper: ServiceKeeper, workers: number): void {
    const { registry, clock } = this.#parts
    keeper.pool.resize(workers)
    if (!keeper.isLaunched) void startOne(keeper, { keepers: registry.keepers, clock }).catch(() => undefined)
  }

  async #remove(keeper: ServiceKeeper): Promise<void> {
    await keeper.stop({ deadlineMs: keeper.spec.shutdownMs, idleMs: IDLE_MS })
    this.#requireRunning()
    this.#parts.registry.remove(keeper)
  }

  async #scale(keeper: ServiceKeeper, workers: number): Promise<void> {
    const { emit, lastLines } = this.#parts
    await scaleService(keeper, { workers, reason: 'reload', stopped: 'leave', emit, lastLines })
  }

  async #roll(keeper: ServiceKeeper, slots: readonly number[]): Promise<void> {
    if (slots.length === 0) return
    const isStopping = (): boolean => this.#parts.isStopping() || this.#limit.hasPassed
    await Promise.race([rollOut(keeper, { ...this.#parts, isStopping, slots, reason: 'changed' }), this.#overtime(keeper)])
  }

  /** Rejects when the time is over and no old worker waits for its successor any more. Where none has served, the slot would try again and again. */
  async #overtime({ pool }: ServiceKeeper): Promise<never> {
    try {
      return await this.#limit.passed
    } catch (error) {
      while (pool.slots.some(({ phase }) => phase.kind === 'replacing')) await pool.changed()
      throw error
    }
  }

  #beginLimit(): TimeLimit {
    return new TimeLimit(this.#parts.clock, { limitMs: this.#limitMs, onPassed: () => this.#giveUp() })
  }

  /** Nobody waits any longer for the workers that are on their way in: that ends the step, as a start that fails does. */
  #giveUp(): void {
    if (this.#changing === null) return
    const { keeper, slots } = this.#changing
    for (const slot of keeper.pool.slots) {
      const worker = arrivingWorker(slot)
      if (worker === null || !slots.isLater({ id: slot.id, generation: worker.generation })) continue
      keeper.pool.kill(slot.id.slot, worker.generation, 'start-timeout')
    }
  }

  #interrupted(): Promise<never> {
    return Promise.race([this.#superseded, this.#limit.passed])
  }

  /** Never rejects. */
  async #undo(): Promise<{ readonly undone: readonly string[]; readonly left: readonly string[] }> {
    const undone: string[] = []
    const left: string[] = []
    this.#limit.end()
    this.#limit = this.#beginLimit()
    for (const { what, run } of this.#done.toReversed()) {
      try {
        this.#requireRunning()
        await run()
        undone.push(what)
      } catch (error) {
        left.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      } finally {
        this.#changing = null
      }
    }
    return { undone, left }
  }

  #requireRunning(): void {
    if (this.#parts.isStopping()) throw stopping()
  }

  #keeper(service: ServiceId): ServiceKeeper {
    const keeper = this.#parts.registry.keepers.get(service)
    if (!keeper) throw new Error(`Cannot change "${service}": there is no such service`)
    return keeper
  }
}

function stopping(): MeshrtError {
  return new MeshrtError('MESHRT_STOPPING', 'the runtime is stopping')
}

function specOf(runtime: RuntimeSpec, service: ServiceId): ServiceSpec {
  const spec = findService(runtime, service)
  if (!spec) throw new Error(`Cannot find "${service}" in the spec that names it`)
  return spec
}

/** Nothing of it runs, and nothing is to be started by a change of its spec: it waits, or an operator has stopped it. */
function rests({ isLaunched, state }: ServiceKeeper): boolean {
  return !isLaunched || state === 'stopped'
}
