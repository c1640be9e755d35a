import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { groupFolders, isUnreadable, type GroupFolder } from './cgroup.ts'

/** Text of a file of the system; null when there is none. */
export type ReadSystemFileNow = (path: string) => string | null

/**
 * A function that tells for how many milliseconds, since some moment in the past, this process was kept from running because its cgroups had used up
 * their share of CPU: how idle the machine is says nothing about that. Always 0 where no cgroup holds it back.
 */
export function createThrottleProbe(read: ReadSystemFileNow = readSystemFileNow): () => number {
  const files = groupFolders(read('/proc/self/cgroup') ?? '', 'cpu').map(({ path, version }) => ({ path: join(path, 'cpu.stat'), version }))
  const telling = files.filter(({ path, version }) => parseThrottledMs(read(path), version) !== null)
  return () => telling.reduce((sum, { path, version }) => sum + (parseThrottledMs(read(path), version) ?? 0), 0)
}

/** Of all CPUs together, from a `cpu.stat`; null when it does not tell, as for a group without the controller. */
export function parseThrottledMs(stat: string | null, version: GroupFolder['version']): number | null {
  const [, micro] = /^throttled_usec (\d+)$/m.exec(stat ?? '') ?? []
  const [, nano] = /^throttled_time (\d+)$/m.exec(stat ?? '') ?? []
  if (version === 2) return micro === undefined ? null : Number(micro) / 1000
  return nano === undefined ? null : Number(nano) / 1e6
}

/** Files of the kernel are in memory: this does not wait for a disk. */
function readSystemFileNow(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isUnreadable(error)) return null
    throw error
  }
}
