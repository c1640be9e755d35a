import type { ErrorDocument } from '../errors/render.ts'
import type { Reboot } from '../model/reboot.ts'

/** The guardian's first message, and the sockets that the last runtime left: each comes with its handle. */
export type ToRuntime =
  | { readonly type: 'welcome'; readonly guardianPid: number; readonly reboot: Reboot | null; readonly sockets: number }
  | { readonly type: 'socket'; readonly key: number }

/** What the runtime tells its guardian. `booting` and `failed` are passed on to whoever started the guardian in the background. */
export type ToGuardian =
  /** It holds the lock of its runtime file, in the guardian's name: from now on an abnormal death is followed by a reboot. */
  | { readonly type: 'locked' }
  | Booting
  | { readonly type: 'started' }
  | { readonly type: 'stopping' }
  /** The end is on its way, and is intended: this code counts, even if the process has to be killed to end at all. */
  | { readonly type: 'leaving'; readonly code: number; readonly next: 'end' | 'reboot' }
  | Failed
  /** Comes with a duplicate of a listening socket, to be kept for the next runtime. */
  | { readonly type: 'socket'; readonly key: number }
  | { readonly type: 'drop'; readonly key: number }

/** The control socket answers and the first worker has been launched. */
interface Booting {
  readonly type: 'booting'
  readonly socket: string
}

/** Why it ends, as the operator is to see it. */
interface Failed {
  readonly type: 'failed'
  readonly text: string
  readonly document: ErrorDocument
}

export type ToStarter = Booting | Failed

/** Set by the guardian for its runtime. */
export const GUARDED = 'MESHRT_GUARDED'
/** Whether this process is the runtime of a guardian. */
export function isGuarded(env: NodeJS.ProcessEnv): boolean {
  return env[GUARDED] === '1' && process.send !== undefined
}

/** The log file of a runtime in the background. */
export const LOG_FILE = 'MESHRT_DETACHED_LOG'
/** NODE_OPTIONS is for the runtime: a preloaded agent or an inspector would make the guardian large, or take its port. */
export const NODE_OPTIONS = 'MESHRT_NODE_OPTIONS'
