import type { ControlPort, StopReport } from '../control/port.ts'
import type { StampedEvent, StopReason } from '../model/events.ts'
import type { ServiceId } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import type { RuntimeSpec } from '../model/spec.ts'

/** A runtime, as `start`, `dev`, `smoke` and embedders see it. */
export interface Runtime {
  /** What the control server asks; its document of the spec is made outside. */
  readonly port: Omit<ControlPort, 'config'>
  /** As it is now. */
  readonly spec: RuntimeSpec
  onEvent(listener: (stamped: StampedEvent) => void): () => void
  onOutput(listener: (line: LogLine) => void): () => void
  /**
   * Resolves when every service is ready (or held); on failure everything has been stopped before it rejects.
   * @throws MeshrtError MESHRT_SERVICE_FAILED, MESHRT_START_TIMEOUT, MESHRT_PORT_IN_USE, MESHRT_PORT_DENIED
   */
  start(): Promise<void>
  /** A second call gets the report of the first. */
  stop(reason: StopReason): Promise<StopReport>
  /** Ends every worker now, in the middle of whatever it does. */
  force(): void
  /** Settles once, when the runtime has stopped for whatever reason; `error` is what it stopped for, if it was a failure. */
  readonly ended: Promise<StopReport & { readonly error: unknown }>
  /** One request through the mesh. @throws MeshrtError of the mesh */
  ask(service: ServiceId, question: Question): Promise<Answer>
  /** Loads a service anew, or (null) every service: what `dev` does on a change. */
  reload(service: ServiceId | null): Promise<void>
}

export interface Question {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
  /** For everything, up to the last byte of the answer. */
  readonly timeoutMs: number
}

export interface Answer {
  readonly status: number
  readonly body: Uint8Array
  readonly durationMs: number
}
