import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { wantsColour } from '../../src/cli/colour.ts'
import type { Benchmark } from './benchmarks/benchmark.ts'
import { benchmarks } from './benchmarks/registry.ts'
import { conditions } from './conditions.ts'
import { installPeers } from './install-peers.ts'
import { coresOfOtherWork } from './other-work.ts'
import { evaluate } from './report/evaluate.ts'
import { renderBenchmark, renderConditions } from './report/print.ts'
import type { BenchDocument, BenchmarkResult } from './report/result.ts'

// npm run bench [name …] [-- --quick --rounds N --only CELL --verbose --json FILE]: exit code 0 whatever comes out, another one only when a run breaks.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
  },
})

const chosen = choose(positionals)
const rounds = values.rounds === undefined ? (values.quick ? 3 : 7) : Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds is a number from 1: ${values.rounds}`)
await installPeers()
const facts = await conditions({ quick: values.quick })
const results: BenchmarkResult[] = []
for (const benchmark of chosen) results.push(await runOne(benchmark))
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(documentOf(results), null, 2)}\n`)

function choose(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
  if (unknown.length > 0) {
    throw new RangeError(`No benchmark "${unknown.join('", "')}"; there are ${benchmarks.map(({ name }) => name).join(', ')}`)
  }
  return names.length === 0 ? benchmarks : benchmarks.filter(({ name }) => names.includes(name))
}

async function runOne(benchmark: Benchmark): Promise<BenchmarkResult> {
  const progress = process.stderr.isTTY ? overwrite : values.verbose ? console.error : () => {}
  const otherWork: number[] = []
  const findings = await benchmark.run({
    quick: values.quick,
    rounds,
    only: values.only,
    progress: (text) => progress(`${benchmark.name}: ${text}`),
    beforeRound: async () => void otherWork.push(await coresOfOtherWork()),
  })
  progress('')
  const result = evaluate(findings, { otherWork })
  const colour = wantsColour({ refused: false, isTerminal: process.stdout.isTTY, env: process.env })
  console.log(`\n${renderBenchmark(result, { colour })}\n\n${renderConditions(documentOf([result]))}`)
  return result
}

function documentOf(results: readonly BenchmarkResult[]): BenchDocument {
  return { ...facts, benchmarks: results }
}

/** One line on the terminal that is never more than one. */
function overwrite(text: string): void {
  process.stderr.write(`\r\u001b[K${text.slice(0, Math.max(0, process.stderr.columns - 1))}`)
}
