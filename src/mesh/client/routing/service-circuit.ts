import type { Clock } from '../../../model/clock.ts'
import type { ServiceId } from '../../../model/ids.ts'
import type { CircuitChange } from '../../../model/routes.ts'
import type { Judgement } from '../../eligibility.ts'

/** Tells of the circuit of a service as a whole: open while every worker of it fails. It has no state but what its targets add up to. */
export class ServiceCircuit {
  readonly #service: ServiceId
  readonly #clock: Clock
  readonly #report: (change: CircuitChange) => void
  #told: CircuitChange['to'] = 'closed'

  constructor(service: ServiceId, options: { readonly clock: Clock; readonly report: (change: CircuitChange) => void }) {
    this.#service = service
    this.#clock = options.clock
    this.#report = options.report
  }

  update({ mode, standings }: Judgement, tryMs: number): void {
    const target = this.#service
    const isTried = standings.includes('probing') || standings.includes('probe')
    const to = mode !== 'failing' ? 'closed' : isTried ? 'half-opened' : 'opened'
    if (to === this.#told) return
    this.#told = to
    if (to === 'opened') this.#report({ to, target, reason: 'MESHRT_MESH_CIRCUIT_OPEN', openMs: Math.max(0, tryMs - this.#clock.nowMs()) })
    else this.#report({ to, target })
  }
}
