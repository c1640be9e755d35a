import { ContenderProcess, withContenders } from '../contenders/contender-process.ts'
import { runtimeFile, serviceModule } from '../paths.ts'
import type { Cell, Findings, Measure, Target } from '../report/result.ts'
import { runRounds, type Contender } from '../rounds.ts'
import { MOVES, type Move, type MoveOrder, type MoveReport } from '../services/mover.ts'
import type { Benchmark, BenchSettings } from './benchmark.ts'

const MIB = 1024 * 1024
const SMALL_MIB = 100
/** Memory that is bounded is the same for this, memory that holds the body is not. */
const LARGE_MIB = 400
/** Less, and the compiler is still at work while the first rounds are measured. */
const WARM_UP_MS = 1000
/** What a transfer may take at most by itself. */
const TRANSFER_MS = 30_000
const MESHRT = 'meshrt'
const TCP = 'loopback TCP'

interface Moving extends Cell {
  readonly move: Move
  readonly sizeMib: number
}

/** Large bodies between two services. */
export const stream: Benchmark = {
  name: 'stream',
  async run(settings) {
    const series = await withContenders(
      {
        [MESHRT]: () => ContenderProcess.ofRuntime(runtimeFile('stream')),
        [TCP]: () => ContenderProcess.ofThreads({ transport: 'tcp', services: SERVICES, connections: null }),
      },
      (opened) => measure(opened, settings),
    )
    return {
      name: 'stream',
      what: 'large bodies between two services, undici.request to node:http, chunks of 64 KiB; memory of the process above what it had idle',
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
  { id: 'blob', module: serviceModule('blob.ts') },
  { id: 'mover', module: serviceModule('mover.ts') },
]

async function measure(opened: Readonly<Record<string, ContenderProcess>>, settings: BenchSettings): Promise<Findings['series']> {
  const contenders: Contender<Moving>[] = []
  for (const [name, child] of Object.entries(opened)) contenders.push(await contender(name, child))
  return await runRounds({ ...settings, contenders, cells: CELLS, roundMs: roundMs(settings), warmUpMs: WARM_UP_MS })
}

async function contender(name: string, child: ContenderProcess): Promise<Contender<Moving>> {
  const origin = child.originOf('blob')
  const steer = async (move: MoveOrder['move'], sizeMib: number): Promise<number> => {
    const order: MoveOrder = { move, origin, bytes: sizeMib * MIB }
    return (await child.steer<MoveReport>(order, TRANSFER_MS)).tookMs
  }
  // The Buffer to be sent is the service's own: part of the baseline.
  await steer('prepare', SMALL_MIB)
  const idle = await child.usage()
  return {
    name,
    async measure({ move, sizeMib }, durationMs) {
      let [moves, tookMs] = [0, 0]
      const { peakBytes } = await child.watchMemory(async () => {
        do {
          tookMs += await steer(move, sizeMib)
          moves++
        } while (tookMs < durationMs)
      })
      const growthMib = (peakBytes - idle.rssBytes) / MIB
      return { kind: 'measured', sample: { mibPerSecond: (moves * sizeMib) / (tookMs / 1000), growthMib } }
    },
  }
}

function roundMs({ quick }: BenchSettings): number {
  return quick ? 0 : 1000
}

const CELLS: readonly Moving[] = [
  ...MOVES.map((move) => ({ move, sizeMib: SMALL_MIB, labels: labelsOf(move, SMALL_MIB) })),
  // One Buffer is held by who sends it, whatever carries it.
  ...MOVES.filter((move) => move !== 'upload, one Buffer').map((move) => ({ move, sizeMib: LARGE_MIB, labels: labelsOf(move, LARGE_MIB) })),
]

function labelsOf(move: Move, sizeMib: number): Cell['labels'] {
  return { move, size: `${sizeMib} MiB` }
}

const MEASURES: readonly Measure[] = [
  { key: 'mibPerSecond', title: 'MiB/s', digits: 0, spread: true, ratio: 'RATIO' },
  { key: 'growthMib', title: 'PEAK RSS − IDLE, MiB', digits: 0, spread: true, ratio: null },
]

const TARGETS: readonly Target[] = CELLS.map(({ move, sizeMib, labels }): Target => {
  if (sizeMib === SMALL_MIB) {
    return { text: `${move}: MiB/s ÷ loopback TCP`, labels, measure: 'mibPerSecond', against: TCP, limit: { atLeast: 2 } }
  }
  // The window is 2 MiB; the rest is what the collector has not fetched yet, of what the source made too.
  return {
    text: `${move}, ${sizeMib} MiB: MiB of memory above idle`,
    labels,
    measure: 'growthMib',
    against: null,
    limit: { atMost: sizeMib / 2 },
  }
})
