import type { Mode } from '../model/spec.ts'
import type { ServiceLogger } from './service-logger.ts'

/** What a service's factory is called with. */
export interface ServiceContext {
  readonly service: string
  readonly slot: number
  readonly mode: Mode
  /** The service's `config:` of the runtime file. */
  readonly config: unknown
  readonly logger: ServiceLogger
  /** Aborts when the worker is being stopped. */
  readonly signal: AbortSignal
  readonly mesh: { readonly domain: string }
}
