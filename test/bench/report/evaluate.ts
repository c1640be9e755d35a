import type { BenchmarkResult, Findings, Ratio, Sample, Series, Target, TargetOutcome } from './result.ts'
import { median, ratiosByRound, summarise, type Summary } from './statistics.ts'

/** Medians, spreads, ratios against the subject, and the targets beside what was measured. */
export function evaluate(findings: Findings, { otherWork }: { readonly otherWork: readonly number[] }): BenchmarkResult {
  const ratios = findings.series
    .filter((series) => series.contender !== findings.subject)
    .flatMap((peer) => {
      const subject = findSeries(findings.series, { labels: peer.labels, contender: findings.subject })
      return subject ? findings.measures.flatMap(({ key }) => ratioOf(key, { subject, peer })) : []
    })
  return {
    ...findings,
    otherWork: summarise(otherWork),
    series: findings.series.map((series) => ({ ...series, summary: summaryOf(series) })),
    ratios,
    targets: findings.targets
      .filter(({ labels }) => findings.series.some((series) => sameLabels(series.labels, labels)))
      .map((target) => judge(target, { findings, ratios })),
  }
}

/** Whether two sets of labels say the same. */
export function sameLabels(a: Series['labels'], b: Series['labels']): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

function findSeries(all: readonly Series[], { labels, contender }: Pick<Series, 'labels' | 'contender'>): Series | undefined {
  return all.find((series) => series.contender === contender && sameLabels(series.labels, labels))
}

function summaryOf({ result }: Series): Readonly<Record<string, Summary>> {
  if (result.kind === 'unsupported') return {}
  const keys = Object.keys(result.rounds[0] ?? {})
  return Object.fromEntries(keys.map((key) => [key, summarise(valuesOf(result.rounds, key))]))
}

function ratioOf(measure: string, { subject, peer }: { subject: Series; peer: Series }): readonly Ratio[] {
  if (subject.result.kind === 'unsupported' || peer.result.kind === 'unsupported') return []
  // Not every cell has every measure.
  if (!(measure in (subject.result.rounds[0] ?? {}))) return []
  const perRound = ratiosByRound(valuesOf(subject.result.rounds, measure), valuesOf(peer.result.rounds, measure))
  return [{ labels: peer.labels, measure, against: peer.contender, perRound, summary: summarise(perRound) }]
}

function judge(target: Target, { findings, ratios }: { findings: Findings; ratios: readonly Ratio[] }): TargetOutcome {
  const measured = target.against === null ? ownMedian(target, findings) : ratioMedian(target, ratios)
  if (measured === null) return { ...target, measured, met: false }
  return { ...target, measured, met: 'atLeast' in target.limit ? measured >= target.limit.atLeast : measured <= target.limit.atMost }
}

function ratioMedian(target: Target, ratios: readonly Ratio[]): number | null {
  const found = ratios.find(
    (ratio) => ratio.measure === target.measure && ratio.against === target.against && sameLabels(ratio.labels, target.labels),
  )
  return found?.summary.median ?? null
}

function ownMedian(target: Target, { series, subject }: Findings): number | null {
  const own = findSeries(series, { labels: target.labels, contender: subject })
  return own?.result.kind === 'measured' ? median(valuesOf(own.result.rounds, target.measure)) : null
}

function valuesOf(rounds: readonly Sample[], key: string): readonly number[] {
  return rounds.map((sample) => {
    const value = sample[key]
    if (value === undefined || !Number.isFinite(value)) throw new RangeError(`Cannot use a round in which "${key}" was not measured`)
    return value
  })
}
