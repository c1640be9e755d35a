import type { Pulse } from '../../itc/protocol.ts'
import type { WorkerRow } from '../../model/worker-row.ts'

/** How often the runtime hears that the loop turns; without it for longer, the runtime asks. */
const PULSE_MS = 1000

/** How soon it hears of requests. */
const COUNT_MS = 100

/** Tells the runtime what it reads from a thread without asking: how busy the loop is, and what the row counts. */
export function startPulse(row: WorkerRow, send: (pulse: Pulse) => void): void {
  let soon: NodeJS.Timeout | null = null
  const beat = (): void => {
    const { active, idle } = performance.eventLoopUtilization()
    send({ activeMs: active, idleMs: idle, cells: row.cells })
  }
  setInterval(beat, PULSE_MS).unref()
  row.onCount = () => {
    soon ??= setTimeout(() => {
      soon = null
      beat()
    }, COUNT_MS).unref()
  }
  beat()
}
