import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ContenderProcess, withContenders } from '../contenders/contender-process.ts'
import type { Usage } from '../contenders/protocol.ts'
import { SERVICES_DIR } from '../paths.ts'
import type { Cell, Findings, Measure, Outcome, Target } from '../report/result.ts'
import { runRounds, type Contender } from '../rounds.ts'
import type { CallOrder, CallReport } from '../services/caller.ts'
import type { Benchmark, BenchSettings } from './benchmark.ts'

/** Workers of the runtimes: one caller, the others called. */
const SIZES = [2, 10, 50, 100]
const SMALLEST = nameOf(2)
const LARGEST = nameOf(100)
const IN_FLIGHT = [1, 64]
const SPREADS = ['one', 'all in turn'] as const
const WARM_UP_MS = 1000
const IDLE_MS = 2000
const MIB = 1024 * 1024

interface Calls extends Cell {
  readonly targets: (typeof SPREADS)[number]
  readonly inFlight: number
}

/** Runtimes of more and more workers: what a request costs, and what an idle worker takes. */
export const scale: Benchmark = {
  name: 'scale',
  async run(settings) {
    const dir = await mkdtemp(join(tmpdir(), 'meshrt-bench-'))
    try {
      const files = await Promise.all(SIZES.map(async (size) => [size, await writeRuntimeFile(dir, size)] as const))
      return await withContenders(
        Object.fromEntries(files.map(([size, file]) => [nameOf(size), () => ContenderProcess.ofRuntime(file)])),
        (opened) => measure(opened, settings),
      )
    } finally {
      await rm(dir, { recursive: true })
    }
  },
}

async function measure(opened: Readonly<Record<string, ContenderProcess>>, settings: BenchSettings): Promise<Findings> {
  const idle = await Promise.all(SIZES.map((size) => watchIdle(size, of(opened, size))))
  const ports = new Map<number, number>()
  const contenders = SIZES.map((size): Contender<Calls> => {
    return {
      name: nameOf(size),
      async measure(work, durationMs) {
        const report = await of(opened, size).steer<CallReport>(orderOf(work, { size, durationMs }), durationMs)
        if (report.kind === 'measured') ports.set(size, Math.max(ports.get(size) ?? 0, report.messagePorts))
        return outcomeOf(report)
      },
    }
  })
  const series = await runRounds({ ...settings, contenders, cells: CELLS, roundMs: roundMs(settings), warmUpMs: WARM_UP_MS })
  return {
    name: 'scale',
    what: 'a service calls one other, or all others in turn, by undici.request; one worker per service, all runtimes alive at once',
    subject: LARGEST,
    rounds: settings.rounds,
    roundMs: roundMs(settings),
    measures: MEASURES,
    series,
    targets: TARGETS,
    facts: idle.map((found) => factOf(found, { smallest: idle[0], ports: ports.get(found.size) ?? 0 })),
  }
}

function orderOf({ targets, inFlight }: Calls, { size, durationMs }: { readonly size: number; readonly durationMs: number }): CallOrder {
  const called = targets === 'one' ? 1 : size - 1
  const urls = Array.from({ length: called }, (_, at) => `http://item-${at + 1}.plt.local/`)
  return { client: 'undici.request', inFlight, durationMs, urls }
}

function outcomeOf(report: CallReport): Outcome {
  if (report.kind === 'unsupported') return report
  const { perSecond, requests, p50Us } = report.loop
  return { kind: 'measured', sample: { perSecond, costUs: 1e6 / perSecond, cpuUs: report.cpuUs / requests, p50Us } }
}

interface Idle {
  readonly size: number
  readonly rssBytes: number
  /** Share of one core. */
  readonly cpuShare: number
}

async function watchIdle(size: number, child: ContenderProcess): Promise<Idle> {
  const before: Usage = await child.usage()
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
  const after = await child.usage()
  return { size, rssBytes: after.rssBytes, cpuShare: (after.cpuUs - before.cpuUs) / 1000 / IDLE_MS }
}

function factOf(
  idle: Idle,
  { smallest, ports }: { readonly smallest: Idle | undefined; readonly ports: number },
): Findings['facts'][number] {
  const { size, rssBytes, cpuShare } = idle
  const parts = [`${(rssBytes / MIB).toFixed(0)} MiB`]
  if (smallest && size > smallest.size) {
    parts.push(`${((rssBytes - smallest.rssBytes) / MIB / (size - smallest.size)).toFixed(1)} MiB for each further worker (Fastify in it)`)
  }
  parts.push(`${(cpuShare * 100).toFixed(1)} % of a core`, `caller's active MessagePorts at the end: ${ports}`)
  return { what: `${nameOf(size)}, idle`, value: parts.join(', ') }
}

/** Services are all alike, and each has one worker, so that it is known which one is called. */
async function writeRuntimeFile(dir: string, size: number): Promise<string> {
  const items = Array.from({ length: size - 1 }, (_, at) => [`item-${at + 1}`, { path: SERVICES_DIR, entry: 'item.js' }])
  const file = join(dir, `scale-${size}.yaml`)
  // JSON is YAML. Many threads that start at once on few cores take their time.
  const content = {
    name: `bench-scale-${size}`,
    entrypoint: 'caller',
    server: { port: 0 },
    startTimeout: '120s',
    services: { ...Object.fromEntries(items), caller: { path: SERVICES_DIR, entry: 'caller.ts' } },
  }
  await writeFile(file, JSON.stringify(content))
  return file
}

function of(opened: Readonly<Record<string, ContenderProcess>>, size: number): ContenderProcess {
  const child = opened[nameOf(size)]
  if (!child) throw new Error(`There is no runtime of ${size} workers`)
  return child
}

function nameOf(size: number): string {
  return `${size} workers`
}

function roundMs({ quick }: BenchSettings): number {
  return quick ? 500 : 1000
}

const CELLS: readonly Calls[] = SPREADS.flatMap((targets) =>
  IN_FLIGHT.map((inFlight) => ({ targets, inFlight, labels: labelsOf(targets, inFlight) })),
)

function labelsOf(targets: Calls['targets'], inFlight: number): Cell['labels'] {
  return { called: targets, 'in flight': String(inFlight) }
}

const MEASURES: readonly Measure[] = [
  { key: 'perSecond', title: 'REQ/S', digits: 0, spread: true, ratio: null },
  { key: 'costUs', title: 'µs/REQ', digits: 1, spread: false, ratio: 'RATIO' },
  { key: 'cpuUs', title: 'CPU µs/REQ', digits: 1, spread: false, ratio: 'RATIO OF CPU' },
  { key: 'p50Us', title: 'P50 µs', digits: 0, spread: false, ratio: null },
]

// Flat, with room for what the machine does meanwhile.
const TARGETS: readonly Target[] = CELLS.map(({ labels, targets, inFlight }) => ({
  text: `${targets === 'one' ? 'one called' : 'all called in turn'}, ${inFlight} in flight: µs per request, 100 workers ÷ 2`,
  labels,
  measure: 'costUs',
  against: SMALLEST,
  limit: { atMost: 1.2 },
}))
