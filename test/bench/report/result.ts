import type { Summary } from './statistics.ts'

/** What one measurement yields: measure → number, in the unit that the measure's key ends with. */
export type Sample = Readonly<Record<string, number>>

export type Outcome = { readonly kind: 'measured'; readonly sample: Sample } | { readonly kind: 'unsupported'; readonly why: string }

/** One of the works that are measured: what all contenders do in turn, in every round. */
export interface Cell {
  /** Column → text; together they are unique. */
  readonly labels: Readonly<Record<string, string>>
}

/** What one contender achieved in one cell. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly contender: string
  readonly result:
    | { readonly kind: 'measured'; readonly rounds: readonly Sample[] }
    | { readonly kind: 'unsupported'; readonly why: string }
}

/** A number that the table shows. */
export interface Measure {
  readonly key: string
  readonly title: string
  readonly digits: number
  /** Whether min and max stand beside the median. */
  readonly spread: boolean
  /** Title of the column with subject ÷ contender, if there is to be one. */
  readonly ratio: string | null
}

/** What the design asks for. Reported, never judged: the machine decides as much as the code does. */
export interface Target {
  readonly text: string
  readonly labels: Readonly<Record<string, string>>
  readonly measure: string
  /** Subject ÷ this contender; null = the subject's own median. */
  readonly against: string | null
  readonly limit: { readonly atLeast: number } | { readonly atMost: number }
}

export interface Ratio {
  readonly labels: Readonly<Record<string, string>>
  readonly measure: string
  readonly against: string
  readonly perRound: readonly number[]
  readonly summary: Summary
}

export interface TargetOutcome extends Target {
  /** Null = it could not be measured. */
  readonly measured: number | null
  readonly met: boolean
}

/** Something found out on the way, once. */
interface Fact {
  readonly what: string
  readonly value: string
}

/** What a benchmark's file produces. */
export interface Findings {
  readonly name: string
  readonly what: string
  readonly subject: string
  readonly rounds: number
  /** 0 = as long as the work takes, once. */
  readonly roundMs: number
  readonly measures: readonly Measure[]
  readonly series: readonly Series[]
  readonly targets: readonly Target[]
  readonly facts: readonly Fact[]
}

/** Findings with everything that follows from them; the content of `--json`. */
export interface BenchmarkResult extends Omit<Findings, 'targets' | 'series'> {
  /** Cores that others kept busy before each round. */
  readonly otherWork: Summary
  readonly series: readonly (Series & { readonly summary: Readonly<Record<string, Summary>> })[]
  readonly ratios: readonly Ratio[]
  readonly targets: readonly TargetOutcome[]
}

/** The document of `--json`. */
export interface BenchDocument {
  readonly schema: 'meshrt.bench/v1'
  readonly date: string
  readonly quick: boolean
  readonly machine: MachineFacts
  /** Package → version, of everything that was measured or used to measure. */
  readonly versions: Readonly<Record<string, string>>
  readonly benchmarks: readonly BenchmarkResult[]
}

interface MachineFacts {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly platform: string
  readonly node: string
}
