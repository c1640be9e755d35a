import { setImmediate as turn } from 'node:timers/promises'
import { makePackage } from '../../../scripts/make-package.ts'
import { serviceId, type Deployment } from '../commands/deployment.ts'
import { runCommand } from '../commands/run-command.ts'
import { meshrt, MESHRT_BIN, pm2, PM2_BIN, wattpm, WATTPM_BIN } from '../commands/supervisors.ts'
import { withLaunched, type Running } from '../commands/with-launched.ts'
import { MESHRT_PACKAGE } from '../paths.ts'
import type { Cell, Findings, Measure, Sample, Target } from '../report/result.ts'
import { median } from '../report/statistics.ts'
import { runRounds, type Contender } from '../rounds.ts'
import type { Benchmark, BenchSettings } from './benchmark.ts'

const MESHRT = 'meshrt'
const NODE = 'node -e 0'
const WATTPM = 'wattpm ps'
const PM2 = 'pm2 ls'
/** Of each command in each round. */
const RUNS = 15
/** A few are enough of what takes a second. */
const FEW_RUNS = 5
const LINES = 20
const DEPLOYMENT: Deployment = { app: 'chatty.js', services: 2, workers: 1 }
const RESTARTED = serviceId(1)

interface Asked extends Cell {
  /** Of meshrt. */
  readonly args: readonly string[]
  /** Found in what it prints, or it has not done it. */
  readonly prints: RegExp
  readonly peers: readonly string[]
}

/** What a command weighs, beside a Node that does nothing. */
export const cli: Benchmark = {
  name: 'cli',
  async run(settings) {
    await makePackage(MESHRT_PACKAGE)
    const plans = Object.entries({ [MESHRT]: meshrt, [WATTPM]: wattpm, [PM2]: pm2 })
    const series = await withLaunched(
      plans.map(([name, supervisor]) => ({ name, supervisor, deployment: DEPLOYMENT })),
      (running) => measure(running, settings),
    )
    return {
      name: 'cli',
      what: 'one command after the other to a running runtime of two services; node bin/meshrt.mjs, not npx',
      subject: MESHRT,
      rounds: settings.rounds,
      roundMs: 0,
      measures: MEASURES,
      series,
      targets: TARGETS,
      facts: [
        {
          what: 'OWN',
          value: 'WALL without the time that the restart itself reports as tookMs: replacing the worker, which is not the command line',
        },
        { what: 'each round', value: `the median of ${runsOf(settings)} runs, ${FEW_RUNS} of wattpm and pm2; CPU is their mean` },
      ],
    } satisfies Findings
  },
}

async function measure(running: ReadonlyMap<string, Running>, settings: BenchSettings): Promise<Findings['series']> {
  const { command, workspace, deployed } = of(running, MESHRT)
  for (let line = 0; line < LINES; line++) await (await fetch(command.urls[0])).text()
  const runs = runsOf(settings)
  const own = { cwd: deployed.folder, env: workspace.env }
  const contenders: readonly Contender<Asked>[] = [
    { name: MESHRT, measure: (asked) => repeat([MESHRT_BIN, ...asked.args], { ...own, runs, prints: asked.prints }) },
    { name: NODE, measure: () => repeat(['-e', '0'], { ...own, runs, prints: /^$/ }) },
    peer(WATTPM, { args: [WATTPM_BIN, 'ps'], running, prints: /bench/ }),
    peer(PM2, { args: [PM2_BIN, 'ls'], running, prints: new RegExp(serviceId(0)) }),
  ]
  return await runRounds({ ...settings, contenders, cells: CELLS, roundMs: 0, warmUpMs: 0 })
}

function runsOf({ quick }: BenchSettings): number {
  return quick ? FEW_RUNS : RUNS
}

interface Peer {
  readonly args: readonly string[]
  readonly running: ReadonlyMap<string, Running>
  readonly prints: RegExp
}

function peer(name: string, { args, running, prints }: Peer): Contender<Asked> {
  const { workspace, deployed } = of(running, name)
  const options = { cwd: deployed.folder, env: workspace.env, runs: FEW_RUNS, prints }
  return { name, takesPart: ({ peers }) => peers.includes(name), measure: () => repeat(args, options) }
}

interface Repeat {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly runs: number
  readonly prints: RegExp
}

async function repeat(
  args: readonly string[],
  { cwd, env, runs, prints }: Repeat,
): Promise<{ readonly kind: 'measured'; readonly sample: Sample }> {
  const wallMs: number[] = []
  const ownMs: number[] = []
  let cpuMs = 0
  for (let run = 0; run < runs; run++) {
    // What the runtimes print meanwhile is read, or they would wait for it one day.
    await turn()
    const done = runCommand(args, { cwd, env })
    if (!prints.test(done.stdout)) throw new Error(`${args.join(' ')} printed\n${done.stdout}`)
    wallMs.push(done.wallMs)
    ownMs.push(done.wallMs - reportedMs(done.stdout))
    cpuMs += done.cpuMs / runs
  }
  return { kind: 'measured', sample: { wallMs: median(wallMs), ownMs: median(ownMs), cpuMs } }
}

/** What the runtime says that it worked for a command; 0 where it says nothing. */
function reportedMs(stdout: string): number {
  return Number(/"tookMs":(\d+)/.exec(stdout)?.[1] ?? 0)
}

function of(running: ReadonlyMap<string, Running>, name: string): Running {
  const one = running.get(name)
  if (!one) throw new Error(`${name} has not been started`)
  return one
}

const CELLS: readonly Asked[] = [
  asked('ps', { prints: /app-2/, peers: [WATTPM, PM2] }),
  asked('ps --json', { prints: /"meshrt.ps\/v1"/ }),
  asked(`restart ${RESTARTED} --json`, { prints: /"meshrt.restart\/v1"/ }),
  asked(`logs -n ${LINES}`, { prints: new RegExp(`(?:.*GET /.*\\n){${LINES - 1}}`) }),
  asked('--version', { prints: /^\d/ }),
  asked('--help', { prints: /Usage: meshrt/ }),
  asked('config --check', { prints: /is valid/ }),
]

function asked(command: string, { prints, peers = [] }: { readonly prints: RegExp; readonly peers?: readonly string[] }): Asked {
  return { labels: labelsOf(command), args: command.split(' '), prints, peers }
}

function labelsOf(command: string): Cell['labels'] {
  return { command }
}

const MEASURES: readonly Measure[] = [
  { key: 'wallMs', title: 'WALL ms', digits: 0, spread: true, ratio: null },
  { key: 'ownMs', title: 'OWN ms', digits: 0, spread: false, ratio: 'RATIO OF OWN' },
  { key: 'cpuMs', title: 'CPU ms', digits: 0, spread: false, ratio: 'RATIO OF CPU' },
]

const TARGETS: readonly Target[] = ['ps', `restart ${RESTARTED} --json`, `logs -n ${LINES}`].map((command) => ({
  text: `${command}: own time ÷ node -e 0`,
  labels: labelsOf(command),
  measure: 'ownMs',
  against: NODE,
  limit: { atMost: 3 },
}))
