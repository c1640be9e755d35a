import type { ServiceId } from './ids.ts'

/** One request of `meshrt smoke`, and what its answer must be like. */
export interface SmokeSpec {
  readonly service: ServiceId
  readonly via: SmokeWay
  readonly method: (typeof SMOKE_METHODS)[number]
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown
  readonly timeoutMs: number
  readonly expect: SmokeExpectation
}

/** What is not there is not looked at; without a status any below 400 is good. */
export interface SmokeExpectation {
  readonly status?: number
  readonly contains?: string
  readonly json?: unknown
}

type SmokeWay = (typeof SMOKE_WAYS)[number]
export const SMOKE_WAYS = ['mesh', 'entrypoint'] as const
export const SMOKE_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
