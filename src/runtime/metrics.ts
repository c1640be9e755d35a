import { seriesOf } from '../metrics/series.ts'
import { Tally } from '../metrics/tally.ts'
import type { ServiceId } from '../model/ids.ts'
import type { RuntimeView } from '../model/view.ts'
import type { EventBus } from './event-bus.ts'
import type { ServiceKeeper } from './service-keeper.ts'

interface MetricsParts {
  readonly bus: EventBus
  readonly keepers: ReadonlyMap<ServiceId, ServiceKeeper>
  readonly view: () => RuntimeView
}

/** What a monitoring system reads of a runtime. Counts from the start; the library that writes it down is loaded when somebody first asks. */
export class Metrics {
  readonly #view: () => RuntimeView
  readonly #tally: Tally

  constructor({ bus, keepers, view }: MetricsParts) {
    this.#view = view
    this.#tally = new Tally(({ service, slot, generation }) => {
      const row = keepers.get(service)?.pool.worker(slot, generation)?.row
      return row ? () => ({ requests: row.read().requests, mesh: row.meshCounts }) : null
    })
    bus.journal.listen((stamped) => this.#tally.hear(stamped))
  }

  /** In Prometheus' text format, from main-thread state alone. */
  async text(): Promise<string> {
    const view = this.#view()
    const { expose } = await import('../metrics/exposition.ts')
    this.#tally.keepOnly(view.services.flatMap(({ id: service, workers }) => workers.map(({ slot }) => ({ service, slot }))))
    return expose(seriesOf(view, (slot) => this.#tally.of(slot)))
  }
}
