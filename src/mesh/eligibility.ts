import type { Circuit } from './circuit.ts'

/** What a caller knows of a target that is routed. */
export interface TargetCondition {
  /** False once it has ended or said that it is leaving. */
  readonly alive: boolean
  /** Does not take what it is sent, or the runtime doubts it. */
  readonly slow: boolean
  readonly circuit: Circuit
}

/** `probe`: one request may try it. */
export type Standing = 'eligible' | 'gone' | 'slow' | 'open' | 'probe' | 'probing'

/**
 * `normal`: the healthy ones share the requests. `panic`: there is none, so those that are slow do, as all the same they live.
 * `failing`: every target that lives has failed too often; the service as a whole is open. `none`: nobody is there.
 */
export type Mode = 'normal' | 'panic' | 'failing' | 'none'

export interface Judgement {
  readonly mode: Mode
  /** In the order of the targets. */
  readonly standings: readonly Standing[]
}

/**
 * Which targets of a service a caller may use, and why not the others. A circuit ejects its target only while another one
 * is left, slow or not; when the last one fails too, that is the service failing: nobody is ejected then, requests fail fast,
 * and one at a time tries a target.
 */
export function judge(targets: readonly TargetCondition[]): Judgement {
  const mode = modeOf(targets)
  const standings = targets.map((target) => standingOf(target, mode))
  return { mode, standings: mode === 'failing' ? withOneProbe(standings) : standings }
}

function modeOf(targets: readonly TargetCondition[]): Mode {
  const alive = targets.filter((target) => target.alive)
  if (alive.length === 0) return 'none'
  const trusted = alive.filter(({ circuit }) => circuit.kind === 'closed')
  if (trusted.length === 0) return 'failing'
  return trusted.some(({ slow }) => !slow) ? 'normal' : 'panic'
}

function standingOf({ alive, slow, circuit }: TargetCondition, mode: Mode): Standing {
  if (!alive) return 'gone'
  switch (circuit.kind) {
    case 'open':
      return 'open'
    case 'half-open':
      if (circuit.probingUntilMs !== null) return 'probing'
      // While others answer, there is no hurry to try one that would not even take the request.
      return slow && mode !== 'failing' ? 'slow' : 'probe'
    case 'closed':
      return slow && mode === 'normal' ? 'slow' : 'eligible'
  }
}

function withOneProbe(standings: readonly Standing[]): readonly Standing[] {
  const chosen = standings.includes('probing') ? -1 : standings.indexOf('probe')
  return standings.map((standing, index) => (standing === 'probe' && index !== chosen ? 'open' : standing))
}
