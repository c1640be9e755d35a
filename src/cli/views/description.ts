import { describeAge } from '../../control/age.ts'
import { sanitise } from '../../log/sanitise.ts'
import type { ExitRecord, ServiceDescription } from '../../model/description.ts'
import { describeExit, type Exit } from '../../model/exit.ts'
import { describeVerdict } from '../../model/verdict.ts'
import type { WorkerView } from '../../model/view.ts'
import { paint } from '../colour.ts'
import { formatAge, formatMs, NOTHING } from '../format.ts'
import { renderTable, type Column, type TableOptions } from '../table.ts'
import { SERVICE_TONES, VERDICT_TONES, WORKER_TONES } from './tones.ts'

/** So many frames of a stack are enough to see where it comes from. */
const FRAMES = 5
/** Of the last exits; the rest is in `--json`. */
const SHOWN_EXITS = 3

/** First the sentence, then what it is drawn from. */
export function renderDescription(description: ServiceDescription, options: TableOptions): string {
  const { service, exits, why } = description
  const strong = (text: string): string => (options.colour ? paint(text, 'strong') : text)
  const state = options.colour ? paint(service.state, SERVICE_TONES[service.state]) : service.state
  const age = formatAge(service.since, description.at)
  const facts = [['state', `${state}, for ${age}`], ...factsOf(description)].map(
    ([name = '', value = '']) => `${name.padEnd(10)}  ${value}`,
  )
  return [
    `${strong(sanitise(why))}.`,
    facts.join('\n'),
    renderTable(slotColumns(description), rowsOf(description), options),
    ...(exits.length === 0 ? [] : [renderExits(exits, { ...options, nowMs: description.at })]),
  ].join('\n\n')
}

type Fact = readonly [name: string, value: string]

function factsOf({ service, dependsOn, dependents, restart, at }: ServiceDescription): readonly Fact[] {
  const last = service.lastRestartAt === null ? '' : `, the last one ${formatAge(service.lastRestartAt, at)} ago`
  const limits = `quarantined after more than ${restart.maxAttempts} crashes in ${describeAge(restart.windowMs)}, or ${restart.maxPerHour} in an hour`
  return [
    ['ready', `${service.ready} of ${service.desired}`],
    ...(service.url === null ? [] : [['url', service.url] as const]),
    ...(dependsOn.length === 0
      ? []
      : [['depends on', dependsOn.map((edge) => `${edge.service} (to be ${edge.condition}; is ${edge.state})`).join(', ')] as const]),
    ...(dependents.length === 0 ? [] : [['needed by', dependents.join(', ')] as const]),
    ['restarts', `${service.restarts}${last}`],
    ['policy', restart.policy === 'never' ? 'never restarted' : `${restart.policy}: ${limits}`],
  ]
}

interface SlotRow {
  readonly worker: WorkerView
  readonly crashes: string
  /** What there is to say about it. */
  readonly note: string
}

function rowsOf({ service, slots, restart }: ServiceDescription): readonly SlotRow[] {
  return service.workers.map((worker, at) => {
    const slot = slots[at]
    const verdict = slot?.verdict ? describeVerdict(slot.verdict) : ''
    const check = worker.check === null || worker.check.ok ? '' : `check failed: ${worker.check.detail}`
    const notes = [slot?.startStage ?? '', slot?.quarantine?.reason ?? '', verdict, verdict === check ? '' : check].filter(
      (note) => note !== '',
    )
    return { worker, crashes: `${slot?.crashesInWindow ?? 0} of ${restart.maxAttempts}`, note: notes.join('; ') || NOTHING }
  })
}

/** Columns are left out from the highest rank down. */
function slotColumns({ at }: ServiceDescription): readonly Column<SlotRow>[] {
  return [
    { title: 'WORKER', dropRank: 0, text: ({ worker }) => worker.id },
    { title: 'STATE', dropRank: 0, text: ({ worker }) => stateOf(worker, at), tone: ({ worker }) => WORKER_TONES[worker.state] },
    {
      title: 'HEALTH',
      dropRank: 1,
      text: ({ worker }) => worker.verdict ?? NOTHING,
      tone: ({ worker }) => (worker.verdict === null ? 'plain' : VERDICT_TONES[worker.verdict]),
    },
    { title: 'CHECK', dropRank: 4, text: ({ worker }) => describeCheck(worker) },
    { title: 'CRASHES', dropRank: 3, text: ({ crashes }) => crashes },
    { title: 'AGE', dropRank: 5, text: ({ worker }) => formatAge(worker.since, at) },
    { title: 'NOTE', dropRank: 2, minWidth: 16, text: ({ note }) => note },
  ]
}

function stateOf({ state, retryAt }: WorkerView, nowMs: number): string {
  return retryAt === null ? state : `${state} (${describeAge(retryAt - nowMs + 999)})`
}

function describeCheck({ check }: WorkerView): string {
  if (check === null) return NOTHING
  return `${check.ok ? 'ok' : 'bad'} ${formatMs(check.durationMs)}`
}

function renderExits(exits: readonly ExitRecord[], { colour, nowMs }: TableOptions & { readonly nowMs: number }): string {
  const quiet = (text: string): string => (colour ? paint(text, 'quiet') : text)
  const shown = exits
    .slice(0, SHOWN_EXITS)
    .flatMap(({ at, worker, exit, uptimeMs, lastLines }) => [
      `  ${worker}, ${formatAge(at, nowMs)} ago, after ${describeAge(uptimeMs)}: ${sanitise(describeExit(exit))}`,
      ...framesOf(exit).map((frame) => quiet(`      ${sanitise(frame)}`)),
      ...(lastLines.length === 0 ? [] : [`    it wrote at last:`]),
      ...lastLines.map((line) => `      ${sanitise(line).trimEnd()}`),
    ])
  const more = exits.length - SHOWN_EXITS
  return ['Last exits', ...shown, ...(more > 0 ? [quiet(`  and ${more} more: --json shows them`)] : [])].join('\n')
}

function framesOf(exit: Exit): readonly string[] {
  const stack = 'error' in exit ? (exit.error?.stack ?? '') : ''
  return stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at ') && !line.includes('node:internal/'))
    .slice(0, FRAMES)
}
