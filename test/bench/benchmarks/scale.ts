import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ContenderProcess, withContenders } from '../contenders/contender-process.ts'
import { SERVICES_DIR } from '../paths.ts'
import type { Cell, Findings, Measure, Outcome, Target } from '../report/result.ts'
import { runRounds, type Contender } from '../rounds.ts'
import type { CallOrder, CallReport } from '../services/caller.ts'
import type { Benchmark, BenchSettings } from './benchmark.ts'

/** Workers of the runtimes: one caller, the others called. */
const SIZES = [2, 10, 50, 100]
/** A hundred threads take a while to start. */
const QUICK_SIZES = [2, 10, 50]
const IN_FLIGHT = [1, 64]
const SPREADS = ['one', 'all in turn'] as const
const WARM_UP_MS = 1000
/** Some thousand requests. */
const TARGET_WARM_UP_MS = 250
const REST_MS = 500
const REST_SHARE = 0.1
const REST_DEADLINE_MS = 30_000
/** So many workers start at a time: a hundred at once on few cores look blocked to the health checks. */
const AT_ONCE = 4
const MIB = 1024 * 1024

interface Calls extends Cell {
  readonly targets: (typeof SPREADS)[number]
  readonly inFlight: number
}

/** Runtimes of more and more workers: what a request costs, and the memory of a worker. */
export const scale: Benchmark = {
  name: 'scale',
  async run(settings) {
    const dir = await mkdtemp(join(tmpdir(), 'meshrt-bench-'))
    try {
      const sizes = settings.quick ? QUICK_SIZES : SIZES
      const files = await Promise.all(sizes.map(async (size) => [size, await writeRuntimeFile(dir, size)] as const))
      return await withContenders(
        Object.fromEntries(files.map(([size, file]) => [nameOf(size), () => ContenderProcess.ofRuntime(file)])),
        (opened) => measure(opened, { settings, sizes }),
      )
    } finally {
      await rm(dir, { recursive: true })
    }
  },
}

async function measure(
  opened: Readonly<Record<string, ContenderProcess>>,
  { settings, sizes }: { readonly settings: BenchSettings; readonly sizes: readonly number[] },
): Promise<Findings> {
  const [smallest = 0, largest = 0] = [sizes[0], sizes.at(-1)]
  const memory = await Promise.all(
    sizes.map(async (size): Promise<Memory> => ({ size, rssBytes: (await of(opened, size).usage()).rssBytes })),
  )
  for (const size of sizes) await comeToRest(of(opened, size))
  for (const size of sizes) await warmUpTargets(of(opened, size), { size, settings })
  const contenders = sizes.map((size): Contender<Calls> => {
    return {
      name: nameOf(size),
      async measure(work, durationMs) {
        return outcomeOf(await of(opened, size).steer<CallReport>(orderOf(work, { size, durationMs }), durationMs))
      },
    }
  })
  const series = await runRounds({ ...settings, contenders, cells: CELLS, roundMs: roundMs(settings), warmUpMs: WARM_UP_MS })
  return {
    name: 'scale',
    what: 'a service calls one other, or all others in turn, by undici.request; one worker per service, all runtimes alive at once',
    subject: nameOf(largest),
    rounds: settings.rounds,
    roundMs: roundMs(settings),
    measures: MEASURES,
    series,
    targets: targetsOf({ smallest, largest }),
    facts: memory.map((found) => factOf(found, memory[0])),
  }
}

function orderOf({ targets, inFlight }: Calls, { size, durationMs }: { readonly size: number; readonly durationMs: number }): CallOrder {
  const called = targets === 'one' ? 1 : size - 1
  const urls = Array.from({ length: called }, (_, at) => urlOf(at + 1))
  return { client: 'undici.request', inFlight, durationMs, urls }
}

function outcomeOf(report: CallReport): Outcome {
  if (report.kind === 'unsupported') return report
  const { perSecond, requests, p50Us } = report.loop
  return { kind: 'measured', sample: { perSecond, costUs: 1e6 / perSecond, cpuUs: report.cpuUs / requests, p50Us } }
}

/** A hundred threads that have just started are still busy for a while. How idle an idle runtime is, `boot` finds out. */
async function comeToRest(child: ContenderProcess): Promise<void> {
  const untilMs = performance.now() + REST_DEADLINE_MS
  while (performance.now() < untilMs && (await cpuShare(child, REST_MS)) > REST_SHARE);
}

/** Of one core. */
async function cpuShare(child: ContenderProcess, forMs: number): Promise<number> {
  const before = await child.usage()
  await wait(forMs)
  const after = await child.usage()
  return (after.cpuUs - before.cpuUs) / 1000 / forMs
}

/** Each target's thread compiles for itself. In turn, a hundred of them would stay cold for as long as the rounds last. */
async function warmUpTargets(
  child: ContenderProcess,
  { size, settings }: { readonly size: number; readonly settings: BenchSettings },
): Promise<void> {
  for (let target = 1; target < size; target++) {
    settings.progress(`warm-up of ${nameOf(size)}: target ${target}`)
    const urls = [urlOf(target)]
    await child.steer(
      { client: 'undici.request', inFlight: 64, durationMs: TARGET_WARM_UP_MS, urls } satisfies CallOrder,
      TARGET_WARM_UP_MS,
    )
  }
}

interface Memory {
  readonly size: number
  /** Before the first request. */
  readonly rssBytes: number
}

function factOf({ size, rssBytes }: Memory, smallest: Memory | undefined): Findings['facts'][number] {
  const parts = [`${(rssBytes / MIB).toFixed(0)} MiB before the first request`]
  if (smallest && size > smallest.size) {
    const perWorker = (rssBytes - smallest.rssBytes) / MIB / (size - smallest.size)
    parts.push(`${perWorker.toFixed(1)} MiB for each worker more (Fastify in it)`)
  }
  return { what: nameOf(size), value: parts.join(', ') }
}

/** Services are all alike, and each has one worker, so that it is known which one is called. */
async function writeRuntimeFile(dir: string, size: number): Promise<string> {
  const items = Array.from({ length: size - 1 }, (_, at) => {
    const dependsOn = at < AT_ONCE ? [] : [`item-${at + 1 - AT_ONCE}`]
    return [`item-${at + 1}`, { path: SERVICES_DIR, entry: 'item.js', dependsOn }]
  })
  const file = join(dir, `scale-${size}.yaml`)
  // JSON is YAML.
  const content = {
    name: `bench-scale-${size}`,
    entrypoint: 'caller',
    server: { port: 0 },
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

function urlOf(target: number): string {
  return `http://item-${target}.plt.local/`
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

/** Flat, with room for what the machine does meanwhile. */
function targetsOf({ smallest, largest }: { readonly smallest: number; readonly largest: number }): readonly Target[] {
  return CELLS.map(({ labels, targets, inFlight }) => ({
    text: `${targets === 'one' ? 'one called' : 'all called in turn'}, ${inFlight} in flight: µs per request, ${largest} workers ÷ ${smallest}`,
    labels,
    measure: 'costUs',
    against: nameOf(smallest),
    limit: { atMost: 1.2 },
  }))
}
