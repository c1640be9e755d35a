import { MeshrtError } from '../../errors/meshrt-error.ts'
import type { HealthMonitor } from '../../health/monitor.ts'
import type { Clock } from '../../model/clock.ts'
import type { ServiceDescription } from '../../model/description.ts'
import type { ServiceId } from '../../model/ids.ts'
import type { ServiceSpec } from '../../model/spec.ts'
import type { RuntimeView, ServiceState } from '../../model/view.ts'
import type { CallEdge } from '../../supervision/stop-order.ts'
import { dependentsOf } from '../dependents.ts'
import type { EventBus } from '../event-bus.ts'
import type { LastLines } from '../failure-cause.ts'
import type { ServiceKeeper } from '../service-keeper.ts'
import { describeService } from './describe-service.ts'
import { ExitLedger } from './exit-ledger.ts'

interface DescriberParts {
  readonly services: () => readonly ServiceSpec[]
  readonly keepers: ReadonlyMap<ServiceId, ServiceKeeper>
  readonly monitor: Pick<HealthMonitor, 'assessment'>
  readonly observed: () => readonly CallEdge[]
  readonly view: () => RuntimeView
  readonly lastLines: LastLines
  readonly bus: EventBus
  readonly clock: Clock
}

/** Explains services, one at a time; remembers the exits that explain them. */
export class Describer {
  readonly #parts: DescriberParts
  readonly #exits: ExitLedger

  constructor(parts: DescriberParts) {
    this.#parts = parts
    this.#exits = new ExitLedger(parts.lastLines)
    parts.bus.journal.listen((stamped) => this.#exits.hear(stamped))
  }

  /** @throws MeshrtError MESHRT_UNKNOWN_SERVICE */
  describe(service: ServiceId): ServiceDescription {
    const { keepers, clock, monitor, view } = this.#parts
    const keeper = keepers.get(service)
    const shown = view().services.find(({ id }) => id === service)
    if (!keeper || !shown) throw new MeshrtError('MESHRT_UNKNOWN_SERVICE', `Cannot describe "${service}": there is no such service`)
    const now = { nowMs: clock.nowMs(), epochMs: clock.epochMs() }
    const known = { exits: this.#exits, dependents: this.dependentsOf(service), stateOf: (id: ServiceId) => this.#stateOf(id) }
    return describeService(keeper, { view: shown, monitor, ...known, ...now })
  }

  /** Services that run, and depend on this one or have called it. */
  dependentsOf(service: ServiceId): readonly ServiceId[] {
    const { services, observed } = this.#parts
    return dependentsOf(service, { services: services(), observed: observed(), stateOf: (id) => this.#stateOf(id) })
  }

  #stateOf(service: ServiceId): ServiceState | null {
    return this.#parts.keepers.get(service)?.state ?? null
  }
}
