import { cpus } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'

const SAMPLE_MS = 200

/** Cores that are busy for a moment in which the benchmark itself does nothing: what others do on the machine, which spoils ratios too. */
export async function coresOfOtherWork(): Promise<number> {
  const before = busyMs()
  const sinceMs = performance.now()
  await wait(SAMPLE_MS)
  return (busyMs() - before) / (performance.now() - sinceMs)
}

function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}
