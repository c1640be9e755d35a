import type { SocketVault } from '../ingress/socket-vault.ts'
import type { RuntimeEvent } from '../model/events.ts'
import type { Reboot } from '../model/reboot.ts'

/** The guardian as the runtime sees it. */
export interface GuardianPort {
  /** Null when it has gone. */
  pid(): number | null
  /** Null for the first runtime of this guardian. */
  readonly reboot: Reboot | null
  readonly vault: SocketVault
  /** Calls back once, if it goes. */
  onLost(listener: () => void): void
}

/** What a runtime has to tell at its start about the one before it. */
export function rebootNotices(reboot: Reboot | null, nowMs: number): readonly RuntimeEvent[] {
  if (reboot === null) return []
  return [{ type: 'runtime.rebooted', number: reboot.number, cause: reboot.cause, downMs: Math.max(0, nowMs - reboot.endedAt) }]
}
