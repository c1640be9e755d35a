import { kill } from './kill-tree.ts'
import { runsIn } from './process-tree.ts'

/**
 * Ends what the workers' processes of an application have started, when the runtime that they belonged to is no more. A worker ends by
 * itself as soon as its loop turns and the runtime is gone; a blocked one, or what it has started, does not.
 */
export function killOrphans(application: string): void {
  for (const { pid, run } of runsIn(application)) {
    const [, runtimePid] = /^\w+\.(\d+)/.exec(run) ?? []
    if (runtimePid !== undefined && !isAlive(Number(runtimePid))) kill(pid)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
