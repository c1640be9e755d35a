import { renderTable, type Column } from '../../../src/cli/table.ts'
import { sameLabels } from './evaluate.ts'
import type { BenchDocument, BenchmarkResult, Measure, TargetOutcome } from './result.ts'
import type { Summary } from './statistics.ts'

type Row = BenchmarkResult['series'][number]

/** The tables of one benchmark, for people. */
export function renderBenchmark(result: BenchmarkResult, { colour }: { colour: boolean }): string {
  const options = { maxWidth: null, colour }
  const rounds = `${result.rounds} rounds${result.roundMs === 0 ? '' : ` of ${result.roundMs / 1000} s`}`
  const parts = [
    `${result.name}: ${result.what}\n${rounds}, in turn; median (min–max); ratio = ${result.subject} ÷ that row, median of the rounds' ratios`,
    renderTable(columnsOf(result), result.series, options),
  ]
  const reasons = new Set(
    result.series.flatMap(({ contender, result }) => (result.kind === 'unsupported' ? `${contender}: ${result.why}` : [])),
  )
  if (reasons.size > 0) parts.push(['n/a', ...reasons].join('\n  '))
  if (result.facts.length > 0) parts.push(result.facts.map(({ what, value }) => `${what}: ${value}`).join('\n'))
  parts.push(
    `Other work on the machine between rounds: ${withSpread(result.otherWork, 2)} cores. Much more than 0, and the ratios mean little.`,
  )
  if (result.targets.length > 0) parts.push(renderTable(TARGET_COLUMNS, result.targets, options))
  return parts.join('\n\n')
}

/** Machine, versions and date in one line. */
export function renderConditions({ machine, versions, date, quick }: BenchDocument): string {
  const memory = `${Math.round(machine.memoryBytes / 2 ** 30)} GiB`
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const parts = [`${machine.cpu}, ${machine.cores} cores, ${memory}, ${machine.platform}`, `Node ${machine.node}`, ...packages, date]
  return `${parts.join(' · ')}${quick ? ' · quick' : ''}`
}

function columnsOf(result: BenchmarkResult): readonly Column<Row>[] {
  const labels = Object.keys(result.series[0]?.labels ?? {})
  return [
    ...labels.map((name): Column<Row> => ({ title: name.toUpperCase(), dropRank: 0, text: ({ labels }) => labels[name] ?? '' })),
    { title: 'WHO', dropRank: 0, text: ({ contender }) => contender, tone: ({ contender }) => toneOf(contender === result.subject) },
    ...result.measures.flatMap((measure) => [
      measureColumn(measure, ({ summary, result }) => (result.kind === 'unsupported' ? 'n/a' : summary[measure.key])),
      ...(measure.ratio === null ? [] : [ratioColumn(measure.ratio, result, measure.key)]),
    ]),
  ]
}

function measureColumn({ title, digits, spread }: Measure, find: (row: Row) => Summary | 'n/a' | undefined): Column<Row> {
  const text = (row: Row): string => {
    const summary = find(row)
    if (summary === undefined || summary === 'n/a') return summary ?? ''
    return spread ? withSpread(summary, digits) : number(summary.median, digits)
  }
  return { title, dropRank: 0, align: 'right', text }
}

function ratioColumn(title: string, { ratios }: BenchmarkResult, measure: string): Column<Row> {
  const text = ({ labels, contender }: Row): string => {
    const ratio = ratios.find((one) => one.measure === measure && one.against === contender && sameLabels(one.labels, labels))
    return ratio ? withSpread(ratio.summary, 2) : ''
  }
  return { title, dropRank: 0, align: 'right', text, tone: () => 'strong' }
}

const TARGET_COLUMNS: readonly Column<TargetOutcome>[] = [
  { title: 'TARGET', dropRank: 0, text: ({ text }) => text },
  { title: 'WANTED', dropRank: 0, align: 'right', text: ({ limit }) => ('atLeast' in limit ? `≥ ${limit.atLeast}` : `≤ ${limit.atMost}`) },
  { title: 'MEASURED', dropRank: 0, align: 'right', text: ({ measured }) => (measured === null ? 'n/a' : number(measured, 2)) },
  {
    title: '',
    dropRank: 0,
    text: ({ measured, met }) => (measured === null ? '' : met ? 'met' : 'not met'),
    tone: ({ met }) => (met ? 'good' : 'bad'),
  },
]

function toneOf(isSubject: boolean): 'strong' | 'plain' {
  return isSubject ? 'strong' : 'plain'
}

function withSpread({ median, min, max }: Summary, digits: number): string {
  return `${number(median, digits)} (${number(min, digits)}–${number(max, digits)})`
}

function number(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
