import { ContenderProcess, withContenders } from '../contenders/contender-process.ts'
import { outsideLoad } from '../load/outside-load.ts'
import { runtimeFile, serviceModule } from '../paths.ts'
import type { Cell, Findings, Measure, Target } from '../report/result.ts'
import { runRounds, type Contender } from '../rounds.ts'
import item from '../services/item.json' with { type: 'json' }
import type { Benchmark, BenchSettings } from './benchmark.ts'

const MESHRT = 'meshrt'
const TCP = 'loopback TCP'
const CONNECTIONS = [1, 64]
/** Autocannon ends with whole seconds only. */
const WARM_UP_MS = 2000

interface Hop extends Cell {
  readonly connections: number
}

/** From outside through the entrypoint to a service. */
export const hop: Benchmark = {
  name: 'hop',
  async run(settings) {
    const series = await withContenders(
      {
        [MESHRT]: () => ContenderProcess.ofRuntime(runtimeFile('hop')),
        [TCP]: () => ContenderProcess.ofThreads({ transport: 'tcp', services: SERVICES, connections: null }),
      },
      (opened) => measure(opened, settings),
    )
    return {
      name: 'hop',
      what: 'autocannon in another process → entrypoint (Fastify) → global fetch → service (Fastify)',
      subject: MESHRT,
      rounds: settings.rounds,
      roundMs: roundMs(settings),
      measures: MEASURES,
      series,
      targets: [TARGET],
      facts: [],
    } satisfies Findings
  },
}

const SERVICES = [
  { id: 'item', module: serviceModule('item.js') },
  { id: 'relay', module: serviceModule('relay.ts') },
]

function measure(opened: Readonly<Record<string, ContenderProcess>>, settings: BenchSettings): Promise<Findings['series']> {
  const contenders = Object.entries(opened).map(([name, child]) => contender(name, child))
  return runRounds({ ...settings, contenders, cells: CELLS, roundMs: roundMs(settings), warmUpMs: WARM_UP_MS })
}

function contender(name: string, child: ContenderProcess): Contender<Hop> {
  return {
    name,
    async measure({ connections }, durationMs) {
      const before = await child.usage()
      const load = await outsideLoad(`${child.url}/`, { connections, durationMs, body: JSON.stringify(item) })
      const after = await child.usage()
      const { perSecond, p50Ms, p99Ms, loadCores } = load
      const cpuUs = (after.cpuUs - before.cpuUs) / load.requests
      return { kind: 'measured', sample: { perSecond, cpuUs, p50Ms, p99Ms, loadCores } }
    },
  }
}

function roundMs({ quick }: BenchSettings): number {
  return quick ? 1000 : 2000
}

function labelsOf(connections: number): Cell['labels'] {
  return { connections: String(connections) }
}

const CELLS: readonly Hop[] = CONNECTIONS.map((connections) => ({ connections, labels: labelsOf(connections) }))

const MEASURES: readonly Measure[] = [
  { key: 'perSecond', title: 'REQ/S', digits: 0, spread: true, ratio: 'RATIO' },
  // What the load generator takes of the machine is not in this one.
  { key: 'cpuUs', title: 'CPU µs/REQ', digits: 0, spread: false, ratio: 'RATIO OF CPU' },
  { key: 'p50Ms', title: 'P50 ms', digits: 0, spread: false, ratio: null },
  { key: 'p99Ms', title: 'P99 ms', digits: 0, spread: false, ratio: null },
  { key: 'loadCores', title: 'CORES OF LOAD', digits: 2, spread: false, ratio: null },
]

const TARGET: Target = {
  text: '64 connections: req/s ÷ loopback TCP',
  labels: labelsOf(64),
  measure: 'perSecond',
  against: TCP,
  limit: { atLeast: 2 },
}
