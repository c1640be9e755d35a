import { setTimeout as wait } from 'node:timers/promises'
import { makePackage } from '../../../scripts/make-package.ts'
import type { Deployed, Deployment } from '../commands/deployment.ts'
import { runCommand } from '../commands/run-command.ts'
import { start } from '../commands/start.ts'
import { meshrt, MESHRT_BIN, plainProcess, plainThreads, pm2, wattpm, type Supervisor } from '../commands/supervisors.ts'
import { Workspace } from '../commands/workspace.ts'
import { MESHRT_PACKAGE } from '../paths.ts'
import { perFurther } from '../report/per-further.ts'
import type { Cell, Findings, Measure, Sample } from '../report/result.ts'
import { median } from '../report/statistics.ts'
import { runRounds, type Contender } from '../rounds.ts'
import type { Benchmark, BenchSettings } from './benchmark.ts'
import { FIFTY, FURTHER, IDLE, MESHRT, PLAIN, PM2, TARGETS, TEN, THREADS, TWO_FASTIFY, WATTPM } from './boot-targets.ts'

/** A hundred workers that have just started are still busy for a while. */
const SETTLE_MS = 3000
const WATCH_MS = 10_000
const QUICK_WATCH_MS = 3000
const PS_RUNS = 5
/** Of the hundred: all at once on few cores, with caches that are cold, may take longer than `startTimeout` allows. */
const AT_ONCE = 4

type Work =
  | { readonly kind: 'start'; readonly deployment: Deployment }
  /** Two starts, and what one more worker makes of the difference. */
  | { readonly kind: 'further'; readonly small: Deployment; readonly large: Deployment }
  /** A start, and then nothing. */
  | { readonly kind: 'idle'; readonly deployment: Deployment }

interface Boot extends Cell {
  readonly work: Work
  readonly contenders: readonly string[]
}

/** From the command to the first answer, and what then is resident. Everybody is started anew each time. */
export const boot: Benchmark = {
  name: 'boot',
  async run(settings) {
    await makePackage(MESHRT_PACKAGE)
    const series = await Workspace.with((workspace) => {
      const contenders = Object.entries(SUPERVISORS).map(([name, supervisor]): Contender<Boot> => {
        return {
          name,
          takesPart: ({ contenders }) => contenders.includes(name),
          measure: async ({ work }) => ({ kind: 'measured', sample: await measure(work, { supervisor, workspace, settings }) }),
        }
      })
      return runRounds({ ...settings, contenders, cells: CELLS, roundMs: 0, warmUpMs: 0 })
    })
    return {
      name: 'boot',
      what: 'a command, as it is typed, to the first right answer of the entrypoint, and until every service is ready',
      subject: MESHRT,
      rounds: settings.rounds,
      roundMs: 0,
      measures: MEASURES,
      series,
      targets: TARGETS,
      facts: [{ what: FURTHER['start'] ?? '', value: 'what a service of 9 workers takes more than one of 1, divided by 8' }],
    } satisfies Findings
  },
}

const SUPERVISORS: Readonly<Record<string, Supervisor>> = {
  [MESHRT]: meshrt,
  [WATTPM]: wattpm,
  [PM2]: pm2,
  [PLAIN]: plainProcess,
  [THREADS]: plainThreads,
}

interface Who {
  readonly supervisor: Supervisor
  readonly workspace: Workspace
  readonly settings: BenchSettings
}

async function measure(work: Work, { supervisor, workspace, settings }: Who): Promise<Sample> {
  switch (work.kind) {
    case 'start':
      return await start({ supervisor, workspace, deployment: work.deployment })
    case 'further': {
      const small = await start({ supervisor, workspace, deployment: work.small })
      const large = await start({ supervisor, workspace, deployment: work.large })
      const { firstAnswerMs: _, ...sample } = perFurther({ small, large, more: work.large.workers - work.small.workers })
      return sample
    }
    case 'idle': {
      const look = (deployed: Deployed): Promise<Sample> => watchIdle(deployed, { workspace, settings })
      // Its start is no measure: see AT_ONCE.
      const {
        firstAnswerMs: _first,
        readyMs: _ready,
        cpuMs: _cpu,
        ...sample
      } = await start({ supervisor, workspace, deployment: work.deployment }, look)
      return sample
    }
    default:
      throw new Error(`Unknown work ${String(work satisfies never)}`)
  }
}

async function watchIdle(
  { folder, services }: Deployed,
  { workspace: { tree, env }, settings }: { readonly workspace: Workspace; readonly settings: BenchSettings },
): Promise<Sample> {
  await wait(SETTLE_MS)
  const beforeMs = tree.cpuMs()
  const sinceMs = performance.now()
  await wait(settings.quick ? QUICK_WATCH_MS : WATCH_MS)
  const idlePercent = ((tree.cpuMs() - beforeMs) / (performance.now() - sinceMs)) * 100
  const runs = Array.from({ length: PS_RUNS }, () => runCommand([MESHRT_BIN, 'ps'], { cwd: folder, env }))
  for (const { stdout } of runs) {
    const running = stdout.match(/ 1\/1 +running /g)?.length ?? 0
    if (running !== services) throw new Error(`${running} of ${services} services are running\n${stdout}`)
  }
  return { idlePercent, psMs: median(runs.map(({ wallMs }) => wallMs)) }
}

const FASTIFY = 'item.js'
const BARE = 'bare.js'

const CELLS: readonly Boot[] = [
  {
    labels: TWO_FASTIFY,
    work: { kind: 'start', deployment: { app: FASTIFY, services: 2, workers: 1 } },
    contenders: [MESHRT, WATTPM, PM2, PLAIN, THREADS],
  },
  {
    labels: FURTHER,
    work: {
      kind: 'further',
      small: { app: FASTIFY, services: 1, workers: 1 },
      large: { app: FASTIFY, services: 1, workers: 9 },
    },
    contenders: [MESHRT, THREADS],
  },
  {
    labels: TEN,
    work: { kind: 'start', deployment: { app: BARE, services: 10, workers: 1 } },
    contenders: [MESHRT, WATTPM, THREADS],
  },
  { labels: FIFTY, work: { kind: 'start', deployment: { app: BARE, services: 50, workers: 1 } }, contenders: [MESHRT, THREADS] },
  { labels: IDLE, work: { kind: 'idle', deployment: { app: BARE, services: 100, workers: 1, atOnce: AT_ONCE } }, contenders: [MESHRT] },
]

const MEASURES: readonly Measure[] = [
  { key: 'firstAnswerMs', title: 'FIRST ANSWER ms', digits: 0, spread: true, ratio: 'RATIO' },
  { key: 'readyMs', title: 'READY ms', digits: 0, spread: true, ratio: 'RATIO OF READY' },
  { key: 'cpuMs', title: 'CPU ms', digits: 0, spread: false, ratio: 'RATIO OF CPU' },
  { key: 'rssMib', title: 'RSS MiB', digits: 1, spread: false, ratio: 'RATIO OF RSS' },
  { key: 'pssMib', title: 'PSS MiB', digits: 1, spread: false, ratio: null },
  { key: 'idlePercent', title: 'IDLE % OF A CORE', digits: 2, spread: true, ratio: null },
  { key: 'psMs', title: 'ps ms', digits: 0, spread: true, ratio: null },
]
