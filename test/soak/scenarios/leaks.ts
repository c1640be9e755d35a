import type { RunReport } from '../services/driver.ts'
import type { LeftBehind } from '../services/left-behind.ts'
import { slope } from '../slope.ts'
import { rssMb, type MeshRun } from './mesh-run.ts'

const STEPS = 10
const IN_FLIGHT = 64

/** Requests of every kind, many of them aborted: what is left behind, and does the memory grow? */
export async function leaks(mesh: MeshRun, requests: number): Promise<void> {
  const perStep = Math.ceil(requests / STEPS)
  // The first requests open channels, compile code and fill pools.
  await run(mesh, perStep)
  const baseline = await leftBehind(mesh)
  const samples: number[] = []
  for (let step = 1; step <= STEPS; step++) {
    const startedMs = performance.now()
    const report = await run(mesh, perStep)
    const perSecond = Math.round((perStep / (performance.now() - startedMs)) * 1_000)
    const left = await leftBehind(mesh)
    samples.push(rssMb())
    console.log(
      `${step * perStep} requests: ${report.completed} completed and ${report.aborted} aborted in this step, ${perSecond}/s, RSS ${rssMb()} MB, left behind: ${difference(baseline, left)}`,
    )
    if (report.unexpected.length > 0) console.log(`  unexpected: ${[...new Set(report.unexpected)].slice(0, 5).join(' | ')}`)
  }
  console.log(`RSS slope: ${((slope(samples) / perStep) * 100_000).toFixed(2)} MB per 100,000 requests`)
}

async function run(mesh: MeshRun, requests: number): Promise<RunReport> {
  return (await mesh.tell('/run', { requests, inFlight: IN_FLIGHT })) as RunReport
}

async function leftBehind(mesh: MeshRun): Promise<Readonly<Record<string, LeftBehind>>> {
  // Finalizers of one collection end what the next one then finds gone.
  for (let i = 0; i < 3; i++) await mesh.ask('/left-behind')
  return (await mesh.ask('/left-behind')) as Readonly<Record<string, LeftBehind>>
}

function difference(before: Readonly<Record<string, LeftBehind>>, after: Readonly<Record<string, LeftBehind>>): string {
  const parts = Object.entries(after).flatMap(([service, counts]) =>
    Object.entries(counts).flatMap(([kind, count]) => {
      const more = count - (before[service]?.[kind] ?? 0)
      return more === 0 ? [] : [`${more} ${kind} in ${service}`]
    }),
  )
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}
