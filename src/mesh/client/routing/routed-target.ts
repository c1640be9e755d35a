import type { ErrorCode } from '../../../errors/catalogue.ts'
import type { Clock } from '../../../model/clock.ts'
import type { WorkerKey } from '../../../model/ids.ts'
import type { CircuitChange, Place, Target } from '../../../model/routes.ts'
import { WorkerRow } from '../../../model/worker-row.ts'
import { afterBreak, NEVER_BROKEN, type Breakage } from '../../breakage.ts'
import type { Transport } from '../../channel.ts'
import { afterFailure, afterSuccess, afterWaiting, CLOSED, withoutProbe, withProbe, type Circuit, type CircuitSpec } from '../../circuit.ts'
import type { TargetCondition } from '../../eligibility.ts'
import { lookAt, type Mark } from '../../progress.ts'
import type { ClientExchange } from '../exchange.ts'
import { TargetLink, type LinkEvents } from './target-link.ts'

/** What a target needs of the router of its service. */
export interface TargetOwner {
  readonly circuit: CircuitSpec
  readonly clock: Clock
  readonly transport: Transport
  random(): number
  report(change: CircuitChange): void
  reportStuck(target: WorkerKey, stuck: boolean): void
  /** Who is eligible may be another now. */
  onChanged(): void
  /** Not taken by their target. */
  onUntaken(exchanges: readonly ClientExchange[]): void
  /** The target ended with these, or the line to it. */
  onLost(taken: readonly ClientExchange[], target: RoutedTarget): void
  onShed(exchange: ClientExchange, target: RoutedTarget): void
  onUnreachable(exchange: ClientExchange, target: RoutedTarget): void
  /** It is to be looked at before long. */
  watch(): void
}

/** The time of a look at all targets. */
export interface Moment {
  readonly nowMs: number
  readonly lateMs: number
}

/** A worker as one caller sees it: the link to it, and what speaks against using it. */
export class RoutedTarget implements TargetCondition, LinkEvents {
  readonly worker: WorkerKey
  suspect = false
  readonly #place: Place
  readonly #row: WorkerRow | null
  readonly #owner: TargetOwner
  #link: TargetLink | null = null
  /** `broken`: for a while; its worker may well live. */
  #line: 'whole' | 'broken' | 'ended' = 'whole'
  #breakage: Breakage = NEVER_BROKEN
  #stuck = false
  #mark: Mark = { ordinal: 0, atMs: 0 }
  #circuit: Circuit = CLOSED
  #probe: ClientExchange | null = null

  constructor({ worker, row, place }: Target, owner: TargetOwner) {
    this.worker = worker
    this.#place = place
    this.#row = row === null ? null : new WorkerRow(row)
    this.#owner = owner
  }

  get alive(): boolean {
    return this.#line === 'whole' && this.#link?.usable !== false
  }

  get slow(): boolean {
    return this.#stuck || this.suspect
  }

  get circuit(): Circuit {
    return this.#circuit
  }

  /** Requests that it has or will have to handle, as far as can be seen from here. */
  get pending(): number {
    // Where no memory is shared, what this caller has sent is all that it knows of.
    if (this.#row === null) return this.#link?.pending ?? 0
    const pending = this.#row.inFlight + (this.#link?.waiting ?? 0)
    // One under pressure counts as twice as busy: it gets less, and not nothing, which would only move the load to and fro.
    return this.#row.pressed ? 2 * pending + 1 : pending
  }

  get linked(): boolean {
    return this.#link !== null
  }

  send(exchange: ClientExchange): void {
    const link = this.#link ?? this.#connect()
    link.send(exchange)
  }

  /** Sends the one request that finds out whether it is well again. */
  probe(exchange: ClientExchange): void {
    this.#probe = exchange
    this.#become(withProbe(this.#circuit, this.#owner.clock.nowMs(), this.#owner.circuit), null)
    this.send(exchange)
  }

  /** Lets time pass; when it is half-open by that, the next request may be its probe. */
  wait(nowMs: number): void {
    this.#become(afterWaiting(this.#circuit, nowMs), null)
  }

  /** True while there is a reason to look again: something that it has not come to, or a line that is to be tried again. */
  look(moment: Moment, stuckAfterMs: number): boolean {
    if (this.#line === 'broken' && moment.nowMs >= this.#breakage.untilMs) this.#line = 'whole'
    return this.#lookAtLink(moment, stuckAfterMs) || this.#line === 'broken'
  }

  #lookAtLink({ nowMs, lateMs }: Moment, stuckAfterMs: number): boolean {
    const link = this.#link
    if (link === null || !link.usable) {
      this.#setStuck(false)
      return false
    }
    const look = { passed: link.hasPassed(this.#mark.ordinal), sent: link.sent, nowMs, lateMs }
    const { mark, stuck } = lookAt(this.#mark, look, stuckAfterMs)
    this.#mark = mark
    this.#setStuck(stuck && stuckAfterMs > 0)
    return link.waiting > 0
  }

  /** What it has not taken, when it is stuck: it will not take these any more. */
  giveBack(): readonly ClientExchange[] {
    if (!this.#stuck || this.#link === null) return []
    const untaken = this.#link.revoke()
    if (this.#probe !== null && untaken.includes(this.#probe)) this.#dropProbe()
    return untaken
  }

  /** Its worker has. */
  ended(): void {
    this.#line = 'ended'
    this.#link?.targetEnded()
  }

  close(): void {
    this.#link?.close()
    this.#link = null
  }

  onGoAway(untaken: readonly ClientExchange[]): void {
    this.#owner.onChanged()
    this.#owner.onUntaken(untaken)
  }

  onLost({ untaken, taken }: { readonly untaken: readonly ClientExchange[]; readonly taken: readonly ClientExchange[] }): void {
    this.#link = null
    this.#break()
    this.#owner.onChanged()
    this.#owner.onUntaken(untaken)
    this.#owner.onLost(taken, this)
  }

  onShed(exchange: ClientExchange): void {
    this.onFailed(exchange, 'MESHRT_MESH_OVERLOADED')
    this.#owner.onShed(exchange, this)
  }

  onUnreachable(exchange: ClientExchange): void {
    if (typeof this.#place === 'object' && this.#place.isWorker) {
      // Nobody listens there: it has ended, which the runtime is about to learn as well, or begins anew by itself.
      this.#break()
      this.#owner.onChanged()
      if (exchange.replayable) this.#owner.onUntaken([exchange])
      else this.#owner.onLost([exchange], this)
      return
    }
    this.onFailed(exchange, 'MESHRT_MESH_UNREACHABLE')
    // Of a body that streams a part may have been read already.
    if (exchange.replayable) this.#owner.onUnreachable(exchange, this)
    else this.#owner.onLost([exchange], this)
  }

  onBroken(exchange: ClientExchange): void {
    this.onFailed(exchange, 'MESHRT_MESH_TARGET_LOST')
    this.#owner.onLost([exchange], this)
  }

  onFailed(exchange: ClientExchange, code: ErrorCode): void {
    // A health check is judged by who made it.
    if (exchange.only !== null) return
    const { clock, circuit } = this.#owner
    const request = this.#kindOf(exchange)
    if (request === 'probe') this.#probe = null
    this.#become(afterFailure(this.#circuit, { nowMs: clock.nowMs(), entropy: this.#owner.random(), request }, circuit), code)
  }

  onAnswered(exchange: ClientExchange): void {
    const request = this.#kindOf(exchange)
    if (request === 'probe') this.#probe = null
    this.#become(afterSuccess(this.#circuit, request), null)
  }

  onReleased(exchange: ClientExchange): void {
    if (this.#probe === exchange) this.#dropProbe()
  }

  #break(): void {
    if (this.#line !== 'whole') return
    this.#line = 'broken'
    this.#breakage = afterBreak(this.#breakage, this.#owner.clock.nowMs())
    this.#owner.watch()
  }

  #setStuck(stuck: boolean): void {
    if (stuck === this.#stuck) return
    this.#stuck = stuck
    this.#owner.reportStuck(this.worker, stuck)
  }

  #kindOf(exchange: ClientExchange): 'probe' | 'ordinary' {
    return this.#probe === exchange ? 'probe' : 'ordinary'
  }

  #dropProbe(): void {
    this.#probe = null
    this.#become(withoutProbe(this.#circuit), null)
  }

  #connect(): TargetLink {
    const link = new TargetLink(
      { worker: this.worker, place: this.#place, row: this.#row?.shared ?? null },
      { transport: this.#owner.transport, events: this },
    )
    link.watched = this.#circuit !== CLOSED
    this.#mark = { ordinal: link.sent, atMs: this.#owner.clock.nowMs() }
    this.#link = link
    return link
  }

  #become(circuit: Circuit, code: ErrorCode | null): void {
    const before = this.#circuit
    if (circuit === before) return
    this.#circuit = circuit
    if (this.#link !== null) this.#link.watched = circuit !== CLOSED
    if (circuit.kind === 'closed' && before.kind === 'closed') return
    if (circuit.kind !== before.kind) this.#owner.report(this.#describe(circuit, code))
    this.#owner.onChanged()
  }

  #describe(circuit: Circuit, code: ErrorCode | null): CircuitChange {
    const target = this.worker
    switch (circuit.kind) {
      case 'open':
        return { to: 'opened', target, reason: code ?? '', openMs: circuit.untilMs - this.#owner.clock.nowMs() }
      case 'half-open':
        return { to: 'half-opened', target }
      case 'closed':
        return { to: 'closed', target }
    }
  }
}
