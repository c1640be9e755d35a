import type { LogLine } from '../model/log-line.ts'
import type { Commands } from './commands.ts'
import type { EventBus } from './event-bus.ts'
import type { History } from './history.ts'
import type { Runtime } from './runtime.ts'
import type { ScaleCommand } from './scale-command.ts'
import type { StartStop } from './start-stop.ts'

export interface PortParts extends Pick<Runtime['port'], 'view' | 'stop'> {
  readonly commands: Commands
  readonly scaling: ScaleCommand
  readonly startStop: StartStop
  readonly bus: EventBus
  readonly output: History<LogLine>
}

/** What the control server may ask of a runtime, each answered by the part that knows. */
export function createPort({ view, stop, commands, scaling, startStop, bus, output }: PortParts): Runtime['port'] {
  return {
    view,
    stop,
    restart: (target, progress) => commands.restart(target, progress),
    start: (target, progress) => startStop.start(target, progress),
    stopTarget: (target, progress) => startStop.stop(target, progress),
    scale: (target, progress) => scaling.byHand(target, progress),
    events: (listener) => bus.journal.listen(listener),
    recentEvents: (limit, matches) => bus.journal.recent(limit, matches),
    output: (listener) => output.listen(listener),
    recentOutput: (limit, matches) => output.recent(limit, matches),
  }
}
