import { makePackage } from '../../../scripts/make-package.ts'
import type { Deployment } from '../commands/deployment.ts'
import { meshrt, plainCluster, plainProcess, pm2, type Supervisor } from '../commands/supervisors.ts'
import { withLaunched, type Plan, type Running } from '../commands/with-launched.ts'
import { findLoadGenerator, type LoadGenerator } from '../load/load-generator.ts'
import { MESHRT_PACKAGE } from '../paths.ts'
import type { Cell, Findings, Measure, Target } from '../report/result.ts'
import { runRounds, type Contender } from '../rounds.ts'
import item from '../services/item.json' with { type: 'json' }
import type { Benchmark, BenchSettings } from './benchmark.ts'

const MESHRT = 'meshrt'
const BARE = 'node app.js'
const PM2 = 'pm2 cluster'
const CLUSTER = 'node:cluster'
const CONNECTIONS = 64
/** Less, and the compiler is still at work while the first rounds are measured. */
const WARM_UP_MS = 4000

interface Load extends Cell {
  readonly deployment: Deployment
  readonly contenders: Readonly<Record<string, Supervisor>>
}

/** From outside to a service that answers itself: what being supervised costs it. */
export const entrypoint: Benchmark = {
  name: 'entrypoint',
  async run(settings) {
    await makePackage(MESHRT_PACKAGE)
    const generator = await findLoadGenerator()
    const series: Findings['series'][number][] = []
    for (const cell of cellsOf(settings)) {
      const plans = Object.entries(cell.contenders).map(([name, supervisor]): Plan => ({ name, supervisor, deployment: cell.deployment }))
      series.push(...(await withLaunched(plans, (running) => measure(cell, { running, generator, settings }))))
    }
    return {
      name: 'entrypoint',
      what: `${generator.name}, ${CONNECTIONS} keep-alive connections → a Fastify service`,
      subject: MESHRT,
      rounds: settings.rounds,
      roundMs: roundMs(settings),
      measures: MEASURES,
      series,
      targets: TARGETS,
      facts: [],
    } satisfies Findings
  },
}

interface Measuring {
  readonly running: ReadonlyMap<string, Running>
  readonly generator: LoadGenerator
  readonly settings: BenchSettings
}

function measure(cell: Load, { running, generator, settings }: Measuring): Promise<Findings['series']> {
  const contenders = [...running].map(([name, one]): Contender<Load> => {
    return {
      name,
      async measure(_cell, durationMs) {
        const { tree } = one.workspace
        const beforeMs = tree.cpuMs()
        const load = await generator.run(one.command.urls[0], { connections: CONNECTIONS, durationMs, body: JSON.stringify(item) })
        const cpuUs = ((tree.cpuMs() - beforeMs) * 1000) / load.requests
        const { perSecond, p50Ms, p99Ms, loadCores } = load
        return { kind: 'measured', sample: { perSecond, cpuUs, p50Ms, p99Ms, loadCores } }
      },
    }
  })
  return runRounds({ ...settings, only: '', contenders, cells: [cell], roundMs: roundMs(settings), warmUpMs: WARM_UP_MS })
}

function cellsOf({ only }: BenchSettings): readonly Load[] {
  const cells = CELLS.filter(({ labels }) => Object.values(labels).join(' ').includes(only))
  if (cells.length === 0) throw new RangeError(`There is no "${only}" in entrypoint`)
  return cells
}

function roundMs({ quick }: BenchSettings): number {
  return quick ? 1000 : 3000
}

const ONE: Cell['labels'] = { workers: '1', work: 'small JSON' }
const TWO: Cell['labels'] = { workers: '2', work: 'about 0.3 ms' }

const CELLS: readonly Load[] = [
  { labels: ONE, deployment: { app: 'item.js', services: 1, workers: 1 }, contenders: { [MESHRT]: meshrt, [BARE]: plainProcess } },
  {
    labels: TWO,
    deployment: { app: 'busy.js', services: 1, workers: 2 },
    contenders: { [MESHRT]: meshrt, [PM2]: pm2, [CLUSTER]: plainCluster },
  },
]

const MEASURES: readonly Measure[] = [
  { key: 'perSecond', title: 'REQ/S', digits: 0, spread: true, ratio: 'RATIO' },
  // What the load generator takes of the machine is not in this one.
  { key: 'cpuUs', title: 'CPU µs/REQ', digits: 0, spread: false, ratio: 'RATIO OF CPU' },
  { key: 'p50Ms', title: 'P50 ms', digits: 1, spread: false, ratio: null },
  { key: 'p99Ms', title: 'P99 ms', digits: 1, spread: false, ratio: null },
  { key: 'loadCores', title: 'CORES OF LOAD', digits: 2, spread: false, ratio: null },
]

const TARGETS: readonly Target[] = [
  { text: '1 worker: req/s ÷ the same application bare', labels: ONE, measure: 'perSecond', against: BARE, limit: { atLeast: 0.97 } },
  { text: '2 workers: req/s ÷ pm2 cluster of 2', labels: TWO, measure: 'perSecond', against: PM2, limit: { atLeast: 1 } },
]
