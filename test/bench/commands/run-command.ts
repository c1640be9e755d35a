import { spawnSync } from 'node:child_process'
import { watchReaped } from './process-tree.ts'

const DEADLINE_MS = 60_000

export interface CommandRun {
  readonly wallMs: number
  /** In steps of 10 ms: what the kernel tells. A mean over many runs is finer. */
  readonly cpuMs: number
  readonly stdout: string
}

/**
 * Runs a command of Node to its end, while nothing else happens in this process, so that no turn of a loop is in what is measured.
 * @throws Error with its output when it does not end with 0
 */
export function runCommand(args: readonly string[], options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): CommandRun {
  const reapedMs = watchReaped()
  const sinceMs = performance.now()
  const { status, error, stdout, stderr } = spawnSync(process.execPath, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  })
  const wallMs = performance.now() - sinceMs
  if (error || status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}\n${stdout}\n${stderr}`, { cause: error })
  return { wallMs, cpuMs: reapedMs(), stdout }
}
