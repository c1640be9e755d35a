import { setTimeout as wait } from 'node:timers/promises'
import { makePackage } from '../../../scripts/make-package.ts'
import { deploy, type Deployment } from '../commands/deployment.ts'
import { Launched } from '../commands/launched.ts'
import { meshrt, plainProcess, plainThreads, pm2, wattpm, type Supervisor } from '../commands/supervisors.ts'
import { Workspace } from '../commands/workspace.ts'
import { MESHRT_PACKAGE } from '../paths.ts'
import type { Cell, Findings, Measure, Sample, Target } from '../report/result.ts'
import { runRounds, type Contender } from '../rounds.ts'
import type { Benchmark } from './benchmark.ts'

const MESHRT = 'meshrt'
const WATTPM = 'wattpm'
const PM2 = 'pm2'
const PLAIN = 'node app.js'
const THREADS = 'plain threads'

/** From ready until the memory is looked at. */
const IDLE_MS = 1000

interface Boot extends Cell {
  readonly deployment: Deployment
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
          measure: async ({ deployment }) => ({ kind: 'measured', sample: await start(supervisor, { deployment, workspace }) }),
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
      facts: [],
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

interface Start {
  readonly deployment: Deployment
  readonly workspace: Workspace
}

async function start(supervisor: Supervisor, { deployment, workspace }: Start): Promise<Sample> {
  const launched = new Launched(await supervisor(await deploy(deployment, workspace.folder)), workspace)
  try {
    const times = await launched.started()
    await wait(IDLE_MS)
    return { ...times, ...workspace.tree.memory() }
  } finally {
    await launched.stop()
  }
}

const TWO_FASTIFY: Cell['labels'] = { start: '2 Fastify services' }

const CELLS: readonly Boot[] = [
  {
    labels: TWO_FASTIFY,
    deployment: { app: 'item.js', services: 2, workers: 1 },
    contenders: [MESHRT, WATTPM, PM2, PLAIN, THREADS],
  },
]

const MEASURES: readonly Measure[] = [
  { key: 'firstAnswerMs', title: 'FIRST ANSWER ms', digits: 0, spread: true, ratio: 'RATIO' },
  { key: 'readyMs', title: 'READY ms', digits: 0, spread: false, ratio: 'RATIO OF READY' },
  { key: 'cpuMs', title: 'CPU ms', digits: 0, spread: false, ratio: null },
  { key: 'rssMib', title: 'RSS MiB', digits: 0, spread: false, ratio: 'RATIO OF RSS' },
  { key: 'pssMib', title: 'PSS MiB', digits: 0, spread: false, ratio: null },
]

const TARGETS: readonly Target[] = [
  {
    text: '2 Fastify services: first answer ÷ one plain Fastify process',
    labels: TWO_FASTIFY,
    measure: 'firstAnswerMs',
    against: PLAIN,
    limit: { atMost: 2 },
  },
  {
    text: '2 Fastify services: first answer ÷ wattpm (five times as fast)',
    labels: TWO_FASTIFY,
    measure: 'firstAnswerMs',
    against: WATTPM,
    limit: { atMost: 0.2 },
  },
  { text: '2 Fastify services: RSS ÷ wattpm', labels: TWO_FASTIFY, measure: 'rssMib', against: WATTPM, limit: { atMost: 0.33 } },
  { text: '2 Fastify services: RSS ÷ plain threads', labels: TWO_FASTIFY, measure: 'rssMib', against: THREADS, limit: { atMost: 1.25 } },
]
