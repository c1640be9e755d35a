import { concerns } from '../../control/event-filter.ts'
import type { ReloadOrder, ReloadReport } from '../../control/port.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import type { RuntimeEvent, StampedEvent } from '../../model/events.ts'
import { toErrorInfo } from '../../model/failure.ts'
import { formatWorkerId, type ServiceId, type WorkerKey } from '../../model/ids.ts'
import { isEmptyPlan, RELOAD_TIMEOUT_MS, type ReloadPlan, type ServiceStep } from '../../model/reload.ts'
import type { RuntimeSpec } from '../../model/spec.ts'
import { needingRestart, planReload } from '../../supervision/reload-plan.ts'
import type { EventBus } from '../event-bus.ts'
import type { Operations } from '../operations.ts'
import type { SpecSource } from '../spec-source.ts'
import { applyPlan, type ApplyParts, type Outcome, type Specs } from './apply-plan.ts'

export interface ReloadParts extends Omit<ApplyParts, 'emit'> {
  /** Null = the runtime was made of a spec that nobody can read again. */
  readonly source: SpecSource | null
  readonly operations: Operations
  readonly bus: EventBus
  /** What the runtime goes by. */
  readonly current: () => RuntimeSpec
  readonly isStarting: () => boolean
}

/** Before a change of the file that found something else going on is tried again. */
const RETRY_MS = 50

const NAME = 'reload of the runtime file'

/** The runtime file read again, and what is different carried out: all of it, or nothing. */
export class ReloadCommand {
  readonly #parts: ReloadParts
  #running: Promise<unknown> | null = null
  #plannedFor: readonly ServiceId[] = []

  constructor(parts: ReloadParts) {
    this.#parts = parts
  }

  /**
   * @throws MeshrtError MESHRT_STOPPING, MESHRT_BUSY, MESHRT_CONFIG_NOT_FOUND, MESHRT_CONFIG_UNREADABLE, MESHRT_RELOAD_NEEDS_RESTART,
   * MESHRT_RELOAD_FAILED; ConfigError. Whichever it is, nothing has changed.
   */
  async run(order: ReloadOrder, progress: (stamped: StampedEvent) => void): Promise<ReloadReport> {
    const { bus } = this.#parts
    this.#requireQuiet()
    const done = Promise.withResolvers<void>()
    this.#running = done.promise
    const abandoned: WorkerKey[] = []
    const endListening = bus.journal.listen((stamped) => {
      if (!this.#isOwn(stamped.event)) return
      if (stamped.event.type === 'worker.abandoned') abandoned.push(formatWorkerId(stamped.event.worker))
      progress(stamped)
    })
    const command = order.dryRun ? 'reload --dry-run' : 'reload'
    let ok = false
    bus.emit({ type: 'command.received', command, target: null })
    try {
      const report = await this.#reload(order)
      ok = true
      return { ...report, abandoned }
    } finally {
      this.#running = null
      this.#plannedFor = []
      done.resolve()
      bus.emit({ type: 'command.finished', command, target: null, ok })
      endListening()
    }
  }

  /** What `dev` does when the file has changed. Never rejects: what is wrong is told by an event. */
  async onChange(): Promise<void> {
    // Files that were saved together: while this one is read, the reload of a service begins.
    while ((await this.#attempt()) === 'busy') await this.#passed(RETRY_MS)
  }

  async #attempt(): Promise<'busy' | 'over'> {
    await this.#parts.operations.whenAllIdle()
    await this.#running
    try {
      await this.run({ dryRun: false, timeoutMs: RELOAD_TIMEOUT_MS }, () => {})
      return 'over'
    } catch (error) {
      return isBusy(error) ? 'busy' : 'over'
    }
  }

  #passed(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#parts.clock.schedule(delayMs, resolve)
    return promise
  }

  #requireQuiet(): void {
    const { isStopping, isStarting } = this.#parts
    if (isStopping()) throw new MeshrtError('MESHRT_STOPPING', 'Cannot reload: the runtime is stopping')
    if (isStarting()) throw new MeshrtError('MESHRT_BUSY', 'Cannot reload: the runtime is still starting')
    // The file may have changed since the other one read it, so joining that would be a lie.
    if (this.#running !== null) throw new MeshrtError('MESHRT_BUSY', 'Cannot reload: another reload is still running')
  }

  async #reload({ dryRun, timeoutMs }: ReloadOrder): Promise<Omit<ReloadReport, 'abandoned'>> {
    const { clock, bus, operations } = this.#parts
    const startedMs = clock.nowMs()
    try {
      const { plan, specs } = await this.#plan()
      const tell = (): void => bus.emit({ type: 'reload.planned', plan, dryRun })
      if (dryRun || isEmptyPlan(plan) || needingRestart(plan).length > 0) {
        tell()
        refuseIfBeyond(plan)
        return { plan, applied: false, tookMs: clock.nowMs() - startedMs }
      }
      const services = plan.steps.map(({ service }) => service)
      this.#plannedFor = services
      const outcome = await operations.runTogether(services, NAME, () => {
        tell()
        return applyPlan({ plan, specs, limitMs: timeoutMs }, { ...this.#parts, emit: bus.emit })
      })
      requireApplied(outcome)
      const tookMs = clock.nowMs() - startedMs
      bus.emit({ type: 'reload.applied', added: ids(plan, 'added'), changed: ids(plan, 'changed'), removed: ids(plan, 'removed'), tookMs })
      return { plan, applied: true, tookMs }
    } catch (error) {
      // The file is not to blame for what else goes on.
      if (!isBusy(error)) bus.emit(rejected(error))
      throw error
    }
  }

  /** What happens meanwhile to services that are not in the plan is somebody else's doing. */
  #isOwn(event: RuntimeEvent): boolean {
    const others = [...this.#parts.registry.keepers.keys()].filter((service) => !this.#plannedFor.includes(service))
    return !concerns(
      event,
      others.map((service) => ({ service, slot: null })),
    )
  }

  async #plan(): Promise<{ readonly plan: ReloadPlan; readonly specs: Specs }> {
    const { source, current, isStopping } = this.#parts
    if (source === null) throw new MeshrtError('MESHRT_RELOAD_NEEDS_RESTART', 'Cannot reload: this runtime was not started from a file')
    const after = await source.load()
    if (isStopping()) throw new MeshrtError('MESHRT_STOPPING', 'Cannot reload: the runtime is stopping')
    const before = current()
    const described = (spec: RuntimeSpec) => ({ spec, description: source.describe(spec) })
    return { plan: planReload(described(before), described(after)), specs: { before, after } }
  }
}

function refuseIfBeyond(plan: ReloadPlan): void {
  const keys = needingRestart(plan)
  if (keys.length === 0) return
  const named = keys.map(({ key, before, after }) => `${key} (${JSON.stringify(before ?? null)} → ${JSON.stringify(after ?? null)})`)
  throw new MeshrtError('MESHRT_RELOAD_NEEDS_RESTART', `Cannot reload: only a new start changes ${named.join(', ')}; nothing was applied`)
}

function requireApplied(outcome: Outcome): void {
  switch (outcome.kind) {
    case 'applied':
      return
    case 'superseded':
      throw new MeshrtError('MESHRT_STOPPING', 'Cannot finish the reload: the runtime is stopping')
    case 'undone': {
      const { error, undone, left } = outcome
      const reason = error instanceof Error ? error.message : String(error)
      const undoing = undone.length === 0 ? '' : `; undone: ${undone.join(', ')}`
      const state = left.length === 0 ? 'everything is as it was before' : `could not be undone: ${left.join(', ')}`
      throw new MeshrtError('MESHRT_RELOAD_FAILED', `Cannot reload: ${reason}${undoing}; ${state}`, {
        cause: error instanceof Error ? error.cause : undefined,
      })
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof MeshrtError && error.code === 'MESHRT_BUSY'
}

function rejected(error: unknown): RuntimeEvent {
  const problems = error instanceof ConfigError ? error.problems : []
  return {
    type: 'reload.rejected',
    error: toErrorInfo(error),
    problems: problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`),
  }
}

function ids({ steps }: ReloadPlan, kind: ServiceStep['kind']): readonly ServiceStep['service'][] {
  return steps.filter((step) => step.kind === kind).map(({ service }) => service)
}
