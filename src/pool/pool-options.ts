import type { Clock } from '../model/clock.ts'
import type { Emit } from '../model/events.ts'
import type { LogLine } from '../model/log-line.ts'
import type { ServiceSpec } from '../model/spec.ts'
import type { Slot } from '../supervision/slot.ts'
import type { Launcher } from './launcher.ts'
import type { Routing } from './routing.ts'

/** What a pool runs. A reload puts another one in its place, as a whole; workers that are there stay what they are. */
export interface Deployment {
  readonly spec: ServiceSpec
  readonly launcher: Launcher
}

export interface PoolOptions extends Deployment {
  /** Slots of an earlier pool of the service, which go on counting their generations. */
  readonly past?: readonly Slot[]
  readonly routing: Routing
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  readonly emit: Emit
  readonly onOutput: (line: LogLine) => void
  readonly onFiles: (files: readonly string[]) => void
  /** False while a debugger may be holding workers. */
  readonly mayKillBlocked: () => boolean
  /** After every change of a slot. */
  readonly onChange: () => void
}
