import type { LineCarrier } from '../tunnel/line.ts'
import type { RequestBody } from './request-body.ts'

/** A request in the mesh's own terms. */
export interface MeshCall {
  readonly service: string
  readonly method: string
  readonly path: string
  /** Names, values; with `host`. */
  readonly headers: string[]
  readonly body: RequestBody
  readonly idempotent: boolean
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly tunnel?: CallTunnel
}

/** What hears of the frames of a tunnel that the call opens. */
export interface CallTunnel {
  /** The request is on its way, perhaps not for the first time. */
  attach(carrier: LineCarrier, id: number): void
  /** Not yet inspected. */
  receive(message: unknown): void
}

export interface CallDefaults {
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly streamThresholdBytes: number
}
