import type { Findings } from '../report/result.ts'

export interface BenchSettings {
  /** Short rounds, for the eye while developing. */
  readonly quick: boolean
  readonly rounds: number
  /** Only cells whose labels, put together, contain this. */
  readonly only: string
  readonly progress: (text: string) => void
  /** Before each round, when every contender is idle. */
  readonly beforeRound: () => Promise<void>
}

/** A file in this folder; `registry.ts` lists them. */
export interface Benchmark {
  readonly name: string
  run(settings: BenchSettings): Promise<Findings>
}
