import type { RuntimeView, ServiceView } from '../model/view.ts'

/** How far a runtime is, for somebody who waits until everything is ready. */
export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'pending' }
  /** It will not become ready by waiting. */
  | { readonly kind: 'failed'; readonly service: ServiceView }

/** Ready: every service has all its workers, and every one-shot has succeeded. What an operator stopped is not waited for. */
export function readinessOf({ runtime, services }: RuntimeView): Readiness {
  const failed = services.find((service) => service.state === 'failed')
  if (failed !== undefined) return { kind: 'failed', service: failed }
  const isReady = ({ state }: ServiceView): boolean => state === 'running' || state === 'completed' || state === 'stopped'
  return runtime.state === 'running' && services.every(isReady) ? { kind: 'ready' } : { kind: 'pending' }
}
