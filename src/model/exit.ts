import type { ErrorInfo } from './failure.ts'

/** Why the runtime ended a worker that had not asked for it. */
export type KillReason = 'start-timeout' | 'stop-timeout' | 'blocked' | 'heap-limit' | 'superseded' | 'forced'

/** How a worker ended. `stopped` was asked for; `completed` ended by itself with code 0; the rest are failures. */
export type Exit =
  | { readonly kind: 'completed' }
  | { readonly kind: 'stopped'; readonly code: number }
  | { readonly kind: 'crashed'; readonly code: number; readonly signal?: string; readonly error?: ErrorInfo }
  | { readonly kind: 'out-of-memory'; readonly error?: ErrorInfo }
  | { readonly kind: 'killed'; readonly reason: KillReason }

/** One line for tables and logs, without the stack: `crashed (code 3)`. */
export function describeExit(exit: Exit): string {
  switch (exit.kind) {
    case 'completed':
      return 'completed'
    case 'stopped':
      return 'stopped'
    case 'crashed':
      if (exit.error) return `crashed: ${exit.error.message}`
      return exit.signal ? `crashed (${exit.signal})` : `crashed (code ${exit.code})`
    case 'out-of-memory':
      return 'out of memory'
    case 'killed':
      return `killed (${exit.reason})`
  }
}
