import type { ServiceId } from './ids.ts'

/**
 * What a change of a key of the runtime file asks for. `live`: it holds from now on, and no worker is touched. `scale`: workers are added
 * or removed. `roll`: workers are replaced one by one. `restart`: only a new start of the runtime brings it about.
 */
export type ReloadEffect = (typeof RELOAD_EFFECTS)[number]
export const RELOAD_EFFECTS = ['live', 'scale', 'roll', 'restart'] as const

/** How long all of a reload may take when nobody says otherwise. */
export const RELOAD_TIMEOUT_MS = 300_000

/** One key that has another value, as the file writes both; secrets are hidden. What is not there has no value. */
export interface KeyChange {
  /** From the top of the file, or from the service's own block: `limits.heap`. */
  readonly key: string
  readonly before?: unknown
  readonly after?: unknown
  readonly effect: ReloadEffect
}

export type ServiceStep =
  | { readonly kind: 'added'; readonly service: ServiceId; readonly workers: number }
  | {
      readonly kind: 'changed'
      readonly service: ServiceId
      /** Its workers are replaced, for its own changes or for those of the runtime. */
      readonly roll: boolean
      readonly changes: readonly KeyChange[]
    }
  | { readonly kind: 'removed'; readonly service: ServiceId }

/** How one spec becomes another. Secrets are not in it. */
export interface ReloadPlan {
  /** Keys that belong to no service. */
  readonly runtime: readonly KeyChange[]
  /** In the order in which they are carried out. */
  readonly steps: readonly ServiceStep[]
  readonly unchanged: readonly ServiceId[]
}

export function isEmptyPlan({ runtime, steps }: ReloadPlan): boolean {
  return runtime.length === 0 && steps.length === 0
}
