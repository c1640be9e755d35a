/**
 * Whether one caller still sends requests to one target. Pure: time and chance come in as values. After M. Nygard's
 * "Release It!": closed, open after too many failures in a row, half-open when that has lasted, closed by one good probe.
 */
export type Circuit =
  | { readonly kind: 'closed'; readonly failures: number }
  /** `openings` counts those since the last good answer: each one is longer. */
  | { readonly kind: 'open'; readonly untilMs: number; readonly openings: number }
  /** One request, the probe, is trying it; from `probingUntilMs` on the next one may, too. Null while none does. */
  | { readonly kind: 'half-open'; readonly probingUntilMs: number | null; readonly openings: number }

export interface CircuitSpec {
  /** Failures in a row that open it; 0 = it never opens. */
  readonly failures: number
  readonly openForMs: number
  readonly maxOpenForMs: number
}

/** The one state of a target that nothing is wrong with: compared by identity where every request passes. */
export const CLOSED: Circuit = { kind: 'closed', failures: 0 }

/** Share of the open time that chance may add, so that callers do not all probe at once. */
const JITTER = 0.2

export interface Failure {
  readonly nowMs: number
  /** 0 to 1. */
  readonly entropy: number
  /** `probe`: the one request that a half-open circuit let through. */
  readonly request: 'ordinary' | 'probe'
}

/** Late news of requests from before it opened change nothing: only the probe's own answer does. */
export function afterFailure(circuit: Circuit, failure: Failure, spec: CircuitSpec): Circuit {
  switch (circuit.kind) {
    case 'closed': {
      const failures = circuit.failures + 1
      return spec.failures === 0 || failures < spec.failures ? { kind: 'closed', failures } : open(1, failure, spec)
    }
    case 'open':
      return circuit
    case 'half-open':
      return failure.request === 'probe' ? open(circuit.openings + 1, failure, spec) : circuit
  }
}

export function afterSuccess(circuit: Circuit, request: Failure['request']): Circuit {
  if (circuit.kind === 'closed') return CLOSED
  return circuit.kind === 'half-open' && request === 'probe' ? CLOSED : circuit
}

/** Half-open, once it has been open for long enough; and ready for another probe, once the last one has had its time. */
export function afterWaiting(circuit: Circuit, nowMs: number): Circuit {
  const waitsUntilMs = retryMsOf(circuit)
  if (waitsUntilMs === null || nowMs < waitsUntilMs || circuit.kind === 'closed') return circuit
  return { kind: 'half-open', probingUntilMs: null, openings: circuit.openings }
}

/** When waiting changes it; null for never. */
export function retryMsOf(circuit: Circuit): number | null {
  switch (circuit.kind) {
    case 'closed':
      return null
    case 'open':
      return circuit.untilMs
    case 'half-open':
      return circuit.probingUntilMs
  }
}

/** The probe is on its way. It may be a slow request of a target that is well again, so others are not kept waiting for it for ever. */
export function withProbe(circuit: Circuit, nowMs: number, spec: CircuitSpec): Circuit {
  return circuit.kind === 'half-open' ? { ...circuit, probingUntilMs: nowMs + spec.openForMs } : circuit
}

/** The probe is over without an answer: the caller gave it up. The next one may go. */
export function withoutProbe(circuit: Circuit): Circuit {
  return circuit.kind === 'half-open' ? { ...circuit, probingUntilMs: null } : circuit
}

function open(openings: number, { nowMs, entropy }: Failure, spec: CircuitSpec): Circuit {
  const grown = Math.round(spec.openForMs * 2 ** (openings - 1) * (1 + JITTER * entropy))
  return { kind: 'open', untilMs: nowMs + Math.min(spec.maxOpenForMs, grown), openings }
}
