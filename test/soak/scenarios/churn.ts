import { Churn } from '../../support/churn.ts'
import { processVitals, type ProcessVitals } from '../process-vitals.ts'
import { Scope } from '../scope.ts'
import { slope } from '../slope.ts'

const SERVICES = ['auth', 'gateway'] as const
const WORKERS = 3
const DEATHS = ['/throw', '/exit?code=3', '/exit?code=0', '/reject', '/gobble', '/block'] as const

/** Everything that the churn tests do to two services, in turns and under traffic, until the time is over. */
export async function churn(minutes: number): Promise<void> {
  const scope = new Scope()
  try {
    const restart = { delay: '20ms', maxDelay: '50ms', maxAttempts: 1_000_000, maxPerHour: 1_000_000 }
    const health = { interval: '200ms', gracePeriod: 0, blockedAfter: '1s' }
    const limits = { heap: '48mb' }
    const run = await Churn.start(scope, { runtime: { restart, health, workers: WORKERS }, auth: { limits }, gateway: { limits } })
    const { pid } = (await run.running.ps()).runtime
    const samples: ProcessVitals[] = []
    const endMs = performance.now() + minutes * 60_000
    while (performance.now() < endMs) {
      for (const service of SERVICES) await disturb(run, service)
      samples.push(processVitals(pid))
      console.log(JSON.stringify({ ...samples.at(-1), deaths: deathsOf(run).length, replaced: run.events('replacement.finished').length }))
    }
    const { violations, ...counts } = await run.verdict()
    console.log(`requests: ${JSON.stringify(counts)}`)
    console.log(
      `deaths: ${JSON.stringify(countBy(deathsOf(run), ({ exit }) => (exit.kind === 'killed' ? `killed (${exit.reason})` : exit.kind)))}`,
    )
    console.log(`replacements: ${JSON.stringify(countBy(run.events('replacement.started'), ({ reason }) => reason))}`)
    const per = (read: (vitals: ProcessVitals) => number): string => slope(samples.map(read)).toFixed(3)
    console.log(
      `slopes per round of ${samples.length}: RSS ${per((v) => v.rssMb)} MB, threads ${per((v) => v.threads)}, descriptors ${per((v) => v.descriptors)}`,
    )
    for (const violation of violations) console.log(`VIOLATION ${violation}`)
    if (violations.length > 0) process.exitCode = 1
  } finally {
    await scope.end()
  }
}

async function disturb(run: Churn, service: (typeof SERVICES)[number]): Promise<void> {
  await run.restart(service)
  for (const path of DEATHS) {
    const before = deathsOf(run).length
    await run.order(service, path)
    await run.happened(before + 1, 'worker.exited', ({ exit }) => exit.kind !== 'stopped')
    await run.running.until('every worker is back', (view) => view.services.every(({ ready, desired }) => ready === desired), 60_000)
    await run.swing(5)
  }
}

function deathsOf(run: Churn) {
  return run.events('worker.exited').filter(({ exit }) => exit.kind !== 'stopped')
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1
  return counts
}
