import { MAX_WORKERS, type Mode, type ServiceSpec } from '../model/spec.ts'

export interface ScaleLimits {
  readonly mode: Mode
  /** Workers that can share the port of the entrypoint here; infinite for any other service. */
  readonly maxWorkers: number
}

/** Why a service must not have that many workers; null = it may. Completes "Cannot scale …: ". */
export function scaleRefusal(
  { id, type, scaling }: Pick<ServiceSpec, 'id' | 'type' | 'scaling'>,
  workers: number,
  limits: ScaleLimits,
): string | null {
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS) return `a service has from 1 to ${MAX_WORKERS} workers`
  if (type === 'oneshot') return 'a oneshot has one worker, which runs to its end'
  if (limits.mode === 'dev') return 'in `dev` every service has one worker'
  if (workers > limits.maxWorkers) return `on this platform ${limits.maxWorkers} worker can listen on the port of the entrypoint`
  if (scaling && (workers < scaling.min || workers > scaling.max)) return `\`workers\` of "${id}" is from ${scaling.min} to ${scaling.max}`
  return null
}
