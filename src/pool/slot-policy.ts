import type { ServiceSpec } from '../model/spec.ts'
import type { StepContext } from '../supervision/slot.ts'

/** What of a service's spec decides about its slots. A slot that is `joining` is new: its first worker is tried once. */
export function slotPolicy(spec: ServiceSpec, { joining }: { readonly joining: boolean }): StepContext['policy'] {
  const { startTimeoutMs, shutdownMs, rollout } = spec
  const restart = joining ? { ...spec.restart, startAttempts: 1 } : spec.restart
  return { isOneshot: spec.type === 'oneshot', restart, startTimeoutMs, shutdownMs, settleMs: rollout.settleMs }
}
