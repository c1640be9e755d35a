import { ContenderProcess, withContenders } from '../contenders/contender-process.ts'
import { CLIENTS, type ClientName } from '../load/clients.ts'
import { runtimeFile, serviceModule } from '../paths.ts'
import type { Cell, Findings, Measure, Outcome, Target } from '../report/result.ts'
import { runRounds, type Contender } from '../rounds.ts'
import type { CallOrder, CallReport } from '../services/caller.ts'
import type { Benchmark, BenchSettings } from './benchmark.ts'

const IN_FLIGHT = [1, 16, 64, 256]
const CONNECTIONS = 64
/** Less, and the compiler is still at work while the first rounds are measured. */
const WARM_UP_MS = 1000
const MESHRT = 'meshrt'
const INTERCEPTOR = 'interceptor'
const TCP = 'loopback TCP'

interface Calls extends Cell {
  readonly client: ClientName
  readonly inFlight: number
}

/** Small requests from one service to another: every client, alone and in a crowd. */
export const mesh: Benchmark = {
  name: 'mesh',
  async run(settings) {
    const series = await withContenders(
      {
        [MESHRT]: () => ContenderProcess.ofRuntime(runtimeFile('mesh')),
        [INTERCEPTOR]: () => ContenderProcess.ofThreads({ transport: 'interceptor', services: SERVICES, connections: null }),
        [TCP]: () => ContenderProcess.ofThreads({ transport: 'tcp', services: SERVICES, connections: CONNECTIONS }),
      },
      (opened) => measure(opened, settings),
    )
    return {
      name: 'mesh',
      what: 'a service calls another, in a closed loop; small JSON, Fastify answers; two threads of one process',
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

const SERVICES = [
  { id: 'item', module: serviceModule('item.js') },
  { id: 'caller', module: serviceModule('caller.ts') },
]

function measure(opened: Readonly<Record<string, ContenderProcess>>, settings: BenchSettings): Promise<Findings['series']> {
  const contenders = Object.entries(opened).map(([name, child]): Contender<Calls> => {
    return { name, measure: (work, durationMs) => call(child, { ...work, durationMs, urls: [child.originOf('item')] }) }
  })
  return runRounds({ ...settings, contenders, cells: CELLS, roundMs: roundMs(settings), warmUpMs: WARM_UP_MS })
}

/** One closed loop in the thread of the contender's caller. */
async function call(child: ContenderProcess, { client, inFlight, durationMs, urls }: CallOrder): Promise<Outcome> {
  const order: CallOrder = { client, inFlight, durationMs, urls }
  const report = await child.steer<CallReport>(order, durationMs)
  if (report.kind === 'unsupported') return report
  const { perSecond, p50Us, p99Us } = report.loop
  return { kind: 'measured', sample: { perSecond, p50Us, p99Us } }
}

function roundMs({ quick }: BenchSettings): number {
  return quick ? 500 : 1000
}

const CELLS: readonly Calls[] = CLIENTS.flatMap((client) =>
  IN_FLIGHT.map((inFlight) => ({ client, inFlight, labels: labelsOf(client, inFlight) })),
)

function labelsOf(client: ClientName, inFlight: number): Cell['labels'] {
  return { client, 'in flight': String(inFlight) }
}

const MEASURES: readonly Measure[] = [
  { key: 'perSecond', title: 'REQ/S', digits: 0, spread: true, ratio: 'RATIO' },
  { key: 'p50Us', title: 'P50 µs', digits: 0, spread: false, ratio: 'RATIO OF P50' },
  { key: 'p99Us', title: 'P99 µs', digits: 0, spread: false, ratio: null },
]

const TARGETS: readonly Target[] = [
  {
    text: 'undici.request, 64 in flight: req/s ÷ interceptor',
    labels: labelsOf('undici.request', 64),
    measure: 'perSecond',
    against: INTERCEPTOR,
    limit: { atLeast: 8 },
  },
  {
    text: 'undici.request, 64 in flight: req/s ÷ loopback TCP',
    labels: labelsOf('undici.request', 64),
    measure: 'perSecond',
    against: TCP,
    limit: { atLeast: 3 },
  },
  {
    text: 'undici.request, 1 in flight: p50 ÷ loopback TCP',
    labels: labelsOf('undici.request', 1),
    measure: 'p50Us',
    against: TCP,
    limit: { atMost: 1 },
  },
  {
    text: 'fetch, 64 in flight: req/s ÷ loopback TCP',
    labels: labelsOf('fetch', 64),
    measure: 'perSecond',
    against: TCP,
    limit: { atLeast: 2 },
  },
]
