import { describeAge } from '../../control/age.ts'
import type { ServiceDescription, SlotDescription } from '../../model/description.ts'
import type { QuarantineReason } from '../../model/events.ts'
import { describeExit } from '../../model/exit.ts'
import { describeVerdict } from '../../model/verdict.ts'
import type { WorkerView } from '../../model/view.ts'

type Facts = Omit<ServiceDescription, 'why' | 'schema'>

/** Why the service is in the state it is in, as one sentence without a full stop. What services themselves have said may be in it. */
export function whyOf(facts: Facts): string {
  const { service, at } = facts
  const { id, state } = service
  const age = describeAge(at - service.since)
  const ready = `${service.ready} of ${service.desired} workers ${service.desired === 1 ? 'is' : 'are'} ready`
  switch (state) {
    case 'running': {
      const trouble = troubles(facts)
      return `${id} is running, for ${age}: ${ready}${trouble === '' ? '' : `, but ${trouble}`}`
    }
    case 'degraded':
      return `${id} is degraded, for ${age}: ${ready}; ${troubles(facts)}`
    case 'backoff':
      return `${id} serves nobody, for ${age}: ${troubles(facts)}`
    case 'failed':
      return `${id} has failed, ${age} ago: ${troubles(facts)}; meshrt start ${id} tries again at once`
    case 'starting':
      return `${id} is starting, for ${age}: ${troubles(facts)}`
    case 'waiting':
      return `${id} waits, for ${age}: ${describeWait(facts)}`
    case 'pending':
      return `${id} has not begun to start yet`
    case 'stopped':
      return `${id} is stopped, for ${age}: an operator, or the end of the runtime, has stopped it; meshrt start ${id} starts it`
    case 'completed':
      return `${id} has completed its work, ${age} ago`
  }
}

function describeWait({ service, dependsOn }: Facts): string {
  const open = new Set(service.waitingFor.map((edge) => edge.service))
  const missing = dependsOn.filter((edge) => open.has(edge.service))
  return missing.map((edge) => `${edge.service} has to be ${edge.condition}, and is ${edge.state}`).join('; ')
}

/** What every worker that does not serve as it should is up to. */
function troubles(facts: Facts): string {
  const all = facts.service.workers.flatMap((worker, at) => {
    const slot = facts.slots[at]
    return slot ? (troubleOf(worker, slot, facts) ?? []) : []
  })
  return all.join('; ')
}

function troubleOf(worker: WorkerView, slot: SlotDescription, facts: Facts): string | null {
  const { at } = facts
  const { id } = worker
  const age = worker.since === null ? '' : ` for ${describeAge(at - worker.since)}`
  switch (worker.state) {
    case 'ready':
      return slot.verdict === null || describeVerdict(slot.verdict) === ''
        ? null
        : `${id} is ${slot.verdict.kind} (${describeVerdict(slot.verdict)})`
    case 'starting':
      return `${id} has been starting${age}${slot.startStage === null ? '' : `: ${slot.startStage}`}${afterExit(worker, facts)}`
    case 'backoff':
      return `${id} ${lastExit(worker, facts)} and is started again ${worker.retryAt === null ? 'soon' : `in ${until(worker.retryAt, at)}`}`
    case 'quarantined':
      return `${id} is quarantined: ${slot.quarantine === null ? '' : describeQuarantine(slot, facts)}`
    case 'replacing':
      return worker.verdict === null ? `${id} is being replaced` : null
    case 'draining':
      return `${id} is on its way out`
    case 'stopped':
      return `${id} is stopped`
    case 'empty':
      return `${id} has not been started`
    case 'completed':
      return null
  }
}

function describeQuarantine(slot: SlotDescription, facts: Facts): string {
  const { reason, probeAt } = slot.quarantine ?? { reason: 'restart-policy', probeAt: null }
  const worker = facts.service.workers.find(({ id }) => id === slot.id)
  const last = worker?.lastExit ? `, the last worker ${lastExit(worker, facts)}` : ''
  const next = probeAt === null ? '' : `; it gets one try in ${until(probeAt, facts.at)}`
  return `${describeReason(reason, { slot, facts })}${last}${next}`
}

function describeReason(
  reason: QuarantineReason,
  { slot, facts: { restart } }: { readonly slot: SlotDescription; readonly facts: Facts },
): string {
  switch (reason) {
    case 'intensity-exceeded':
      return `more than ${restart.maxAttempts} crashes within ${describeAge(restart.windowMs)}`
    case 'too-many-per-hour':
      return `more than ${restart.maxPerHour} crashes within an hour`
    case 'start-failed':
      return `${slot.failedStarts} starts in a row have failed`
    case 'probe-failed':
      return 'its one try has failed'
    case 'restart-policy':
      return `its restart policy is ${restart.policy}`
  }
}

function afterExit(worker: WorkerView, facts: Facts): string {
  return worker.lastExit === null || worker.restarts === 0 ? '' : `, after one that ${lastExit(worker, facts)}`
}

/** `crashed: no licence 3s ago` */
function lastExit({ lastExit }: WorkerView, { at }: Facts): string {
  if (lastExit === null) return 'ended'
  const { exit } = lastExit
  const what =
    exit.kind === 'killed' ? `was ${describeExit(exit)}` : exit.kind === 'out-of-memory' ? 'ran out of memory' : describeExit(exit)
  return `${what} ${describeAge(at - lastExit.at)} ago`
}

function until(atMs: number, nowMs: number): string {
  return describeAge(atMs - nowMs + 999)
}
