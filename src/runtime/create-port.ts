import { matchesTargets } from '../control/port.ts'
import type { LogLine } from '../model/log-line.ts'
import type { Commands } from './commands.ts'
import type { EventBus } from './event-bus.ts'
import type { History } from './history.ts'
import type { Runtime } from './runtime.ts'
import type { ScaleCommand } from './scale-command.ts'
import type { StartStop } from './start-stop.ts'

export interface PortParts extends Pick<Runtime['port'], 'view' | 'describe' | 'metrics' | 'request' | 'stop'> {
  readonly commands: Commands
  readonly scaling: ScaleCommand
  readonly startStop: StartStop
  readonly bus: EventBus
  readonly output: History<LogLine>
}

/** What the control server may ask of a runtime, each answered by the part that knows. */
export function createPort({ commands, scaling, startStop, bus, output, ...own }: PortParts): Runtime['port'] {
  return {
    ...own,
    restart: (target, progress) => commands.restart(target, progress),
    start: (target, progress) => startStop.start(target, progress),
    stopTarget: (target, progress) => startStop.stop(target, progress),
    scale: (target, progress) => scaling.byHand(target, progress),
    events: (listener) => bus.journal.listen(listener),
    recentEvents: (limit) => bus.journal.recent(limit),
    output: (listener) => output.listen(listener),
    recentOutput: ({ targets, limit }) => output.recent(limit, (line) => matchesTargets(targets, line)),
  }
}
