import type { Cell, Outcome, Series } from './report/result.ts'

/** One of those that do the same work. */
export interface Contender<Work extends Cell> {
  readonly name: string
  /** Whether it takes part in a work at all; every one does without this. */
  takesPart?(work: Work): boolean
  /** `durationMs` is for works that go on for a time; others are done when they are done. */
  measure(work: Work, durationMs: number): Promise<Outcome>
}

export interface RoundsPlan<Work extends Cell> {
  readonly contenders: readonly Contender<Work>[]
  readonly cells: readonly Work[]
  readonly rounds: number
  readonly roundMs: number
  readonly warmUpMs: number
  readonly progress: (text: string) => void
  /** Before each round, when every contender is idle. */
  readonly beforeRound: () => Promise<void>
  /** Only cells whose labels, put together, contain this. */
  readonly only: string
}

/**
 * A warm-up, then A B C A B C … within every cell: what disturbs the machine for a while disturbs all alike.
 * What a contender does not support is found out in the warm-up.
 */
export async function runRounds<Work extends Cell>(plan: RoundsPlan<Work>): Promise<readonly Series[]> {
  const cells = plan.cells.filter((cell) => nameOf(cell).includes(plan.only))
  if (cells.length === 0) throw new RangeError(`There is no "${plan.only}" among ${plan.cells.map(nameOf).join(', ')}`)
  const runs = cells.flatMap((cell) => {
    const contenders = plan.contenders.filter((contender) => contender.takesPart?.(cell) ?? true)
    return contenders.map((contender): Run<Work> => ({ cell, contender, why: null, samples: [] }))
  })
  for (const run of runs) {
    plan.progress(`warm-up: ${nameOf(run.cell)} ${run.contender.name}`)
    const outcome = await run.contender.measure(run.cell, plan.warmUpMs)
    if (outcome.kind === 'unsupported') run.why = outcome.why
  }
  for (let round = 1; round <= plan.rounds; round++) {
    await plan.beforeRound()
    for (const run of runs) {
      if (run.why !== null) continue
      plan.progress(`round ${round} of ${plan.rounds}: ${nameOf(run.cell)} ${run.contender.name}`)
      const outcome = await run.contender.measure(run.cell, plan.roundMs)
      if (outcome.kind === 'unsupported') throw new Error(`${run.contender.name} could do this before: ${outcome.why}`)
      run.samples.push(outcome.sample)
    }
  }
  return runs.map(({ cell, contender, why, samples }) => ({
    labels: cell.labels,
    contender: contender.name,
    result: why === null ? { kind: 'measured', rounds: samples } : { kind: 'unsupported', why },
  }))
}

function nameOf({ labels }: Cell): string {
  return Object.values(labels).join(' ')
}

interface Run<Work extends Cell> {
  readonly cell: Work
  readonly contender: Contender<Work>
  why: string | null
  readonly samples: Extract<Outcome, { kind: 'measured' }>['sample'][]
}
