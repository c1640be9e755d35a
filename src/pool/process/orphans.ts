import { kill } from './kill-tree.ts'
import { isRunning, processesOfRuns } from './process-tree.ts'
import { parseRun, type Run } from './run.ts'

const POLL_MS = 10

/**
 * Ends what the workers' processes of the same application have started, when the runtime that they belonged to is no more. A worker ends by
 * itself as soon as its loop turns and the runtime is gone; a blocked one, or what it has started, does not. They may hold the sockets that the
 * next runtime needs, so that this waits for their end. It blocks: `waitMs` is for when nothing else runs yet.
 */
export function killOrphans(own: Run, { isAlive, waitMs }: { readonly isAlive: (run: Run) => boolean; readonly waitMs: number }): void {
  const orphans = processesOfRuns()
    .filter(({ run }) => isOrphan(parseRun(run), own, isAlive))
    .map(({ pid }) => pid)
  for (const pid of orphans) kill(pid)
  const untilMs = performance.now() + waitMs
  while (orphans.some(isRunning) && performance.now() < untilMs) Atomics.wait(SLEEP, 0, 0, POLL_MS)
}

/** Whether a runtime in another container lives cannot be seen from here: what it has started is left alone. */
export function isOrphan(run: Run | null, own: Run, isAlive: (run: Run) => boolean): boolean {
  return run !== null && run.application === own.application && run.namespace === own.namespace && !isAlive(run)
}

const SLEEP = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
