import type { Exit, KillReason } from '../model/exit.ts'
import type { ErrorInfo } from '../model/failure.ts'

/** What is known of an ended worker. `asked` tells what the runtime had asked of it before. */
export interface ExitFacts {
  readonly code: number
  /** That ended the process; null for threads, which get none. */
  readonly signal?: string | null
  readonly error: ErrorInfo | null
  readonly asked: 'nothing' | 'stop' | KillReason
}

/** Node ends a thread that reached V8's hard limit with this error code. */
const OUT_OF_MEMORY = 'ERR_WORKER_OUT_OF_MEMORY'

export function exitCause(facts: ExitFacts): Exit {
  if (facts.asked === 'stop') return { kind: 'stopped', code: facts.code }
  if (facts.asked !== 'nothing') return { kind: 'killed', reason: facts.asked }
  const error = facts.error ? { error: facts.error } : {}
  if (facts.error?.code === OUT_OF_MEMORY) return { kind: 'out-of-memory', ...error }
  if (facts.signal) return { kind: 'crashed', code: facts.code, signal: facts.signal, ...error }
  if (facts.code === 0 && !facts.error) return { kind: 'completed' }
  return { kind: 'crashed', code: facts.code, ...error }
}

/** Whether the exit is a failure under `on-failure`, as systemd's `Restart=on-failure` means it. */
export function isFailure(exit: Exit): boolean {
  return exit.kind === 'crashed' || exit.kind === 'out-of-memory' || exit.kind === 'killed'
}
