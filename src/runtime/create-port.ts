import type { HealthMonitor } from '../health/monitor.ts'
import type { LogLine } from '../model/log-line.ts'
import type { ServiceSpec } from '../model/spec.ts'
import type { CommandParts, Commands } from './commands.ts'
import { Describer } from './describe/describer.ts'
import type { History } from './history.ts'
import type { MainEndpoint } from './main-endpoint.ts'
import type { MeshRouting } from './mesh-routing.ts'
import { Metrics } from './metrics.ts'
import type { ReloadCommand } from './reload/reload-command.ts'
import type { Runtime } from './runtime.ts'
import type { ScaleCommand } from './scale-command.ts'
import { StartStop } from './start-stop.ts'

export interface PortParts extends CommandParts, Pick<Runtime['port'], 'view' | 'stop'> {
  readonly commands: Commands
  readonly scaling: ScaleCommand
  readonly reloading: ReloadCommand
  readonly monitor: HealthMonitor
  readonly routing: MeshRouting
  readonly endpoint: MainEndpoint
  readonly output: History<LogLine>
  readonly services: () => readonly ServiceSpec[]
}

/** What the control server may ask of a runtime, each answered by the part that knows. */
export function createPort(parts: PortParts): Runtime['port'] {
  const { commands, scaling, reloading, endpoint, routing, bus, output, view, stop } = parts
  const describer = new Describer({ ...parts, observed: () => routing.observed })
  const startStop = new StartStop({ ...parts, dependentsOf: (service) => describer.dependentsOf(service) })
  const metrics = new Metrics(parts)
  return {
    view,
    describe: (service) => describer.describe(service),
    metrics: () => metrics.text(),
    request: (order) => endpoint.exchange(order),
    restart: ({ target, hard }, progress) => (hard ? startStop.restart(target, progress) : commands.restart(target, progress)),
    start: (target, progress) => startStop.start(target, progress),
    stopTarget: (target, progress) => startStop.stop(target, progress),
    scale: (target, progress) => scaling.byHand(target, progress),
    reload: (how, progress) => reloading.run(how, progress),
    stop,
    events: (listener) => bus.journal.listen(listener),
    recentEvents: (limit, matches) => bus.journal.recent(limit, matches),
    output: (listener) => output.listen(listener),
    recentOutput: (limit, matches) => output.recent(limit, matches),
  }
}
