import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createRuntime, loadSpec } from '../../src/index.ts'
import { abortRounds } from './abort.ts'
import type { RunReport } from './services/driver.ts'
import type { LeftBehind } from './services/left-behind.ts'

// npm run soak [leaks] [gigabyte] [-- --requests 1000000 --megabytes 1024]
// npm run soak abort [-- --rounds 3]

const STEPS = 10
const IN_FLIGHT = 64

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    requests: { type: 'string', default: '1000000' },
    megabytes: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '3' },
  },
})
const wanted = positionals.length === 0 ? ['leaks', 'gigabyte'] : positionals
const spec = await loadSpec({ file: fileURLToPath(new URL('meshrt.yaml', import.meta.url)), mode: 'start', env: process.env })
const runtime = createRuntime(spec)
runtime.onOutput(({ text }) => console.error(text))
runtime.onEvent(({ event }) => {
  if (event.type === 'worker.exited' && event.exit.kind === 'crashed') console.error(JSON.stringify(event))
})
if (wanted.includes('abort')) await abortRounds(Number(values.rounds))
const inProcess = wanted.some((scenario) => scenario !== 'abort')
try {
  if (inProcess) await runtime.start()
  if (wanted.includes('gigabyte')) await gigabyte(Number(values.megabytes))
  if (wanted.includes('leaks')) await leaks(Number(values.requests))
} finally {
  await runtime.stop('command')
}

/** A large body through three services in a row. What a quarter of it takes at the most is what all of it should take. */
async function gigabyte(megabytes: number): Promise<void> {
  const idleMb = rssMb()
  const quarter = await sendWatched(Math.ceil(megabytes / 4))
  const whole = await sendWatched(megabytes)
  console.log(
    `${megabytes} MB through three services: ${whole.perSecond} MB/s; RSS ${idleMb} MB idle, at most ${quarter.peakMb} MB for a quarter of it and ${whole.peakMb} MB for all: growth ${whole.peakMb - quarter.peakMb} MB`,
  )
}

async function sendWatched(megabytes: number): Promise<{ readonly peakMb: number; readonly perSecond: number }> {
  let peakMb = rssMb()
  const watch = setInterval(() => (peakMb = Math.max(peakMb, rssMb())), 5)
  const startedMs = performance.now()
  const bytes = (await tell('/send', { megabytes })) as number
  clearInterval(watch)
  if (bytes !== megabytes * 1_048_576) throw new Error(`${bytes} bytes came out`)
  return { peakMb, perSecond: Math.round((megabytes / (performance.now() - startedMs)) * 1_000) }
}

/** Requests of every kind, many of them aborted: what is left behind, and does the memory grow? */
async function leaks(requests: number): Promise<void> {
  const perStep = Math.ceil(requests / STEPS)
  // The first requests open channels, compile code and fill pools.
  await run(perStep)
  const baseline = await leftBehind()
  const samples: number[] = []
  for (let step = 1; step <= STEPS; step++) {
    const startedMs = performance.now()
    const report = await run(perStep)
    const perSecond = Math.round((perStep / (performance.now() - startedMs)) * 1_000)
    const left = await leftBehind()
    samples.push(rssMb())
    console.log(
      `${step * perStep} requests: ${report.completed} completed and ${report.aborted} aborted in this step, ${perSecond}/s, RSS ${rssMb()} MB, left behind: ${difference(baseline, left)}`,
    )
    if (report.unexpected.length > 0) console.log(`  unexpected: ${[...new Set(report.unexpected)].slice(0, 5).join(' | ')}`)
  }
  console.log(`RSS slope: ${((slope(samples) / perStep) * 100_000).toFixed(2)} MB per 100,000 requests`)
}

async function run(requests: number): Promise<RunReport> {
  return (await tell('/run', { requests, inFlight: IN_FLIGHT })) as RunReport
}

async function leftBehind(): Promise<Readonly<Record<string, LeftBehind>>> {
  // Finalizers of one collection end what the next one then finds gone.
  for (let i = 0; i < 3; i++) await ask('/left-behind')
  return (await ask('/left-behind')) as Readonly<Record<string, LeftBehind>>
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

/** Of the line through the samples, by least squares; per step. */
function slope(samples: readonly number[]): number {
  const meanX = (samples.length - 1) / 2
  const meanY = samples.reduce((sum, y) => sum + y, 0) / samples.length
  const covariance = samples.reduce((sum, y, x) => sum + (x - meanX) * (y - meanY), 0)
  return covariance / samples.reduce((sum, _, x) => sum + (x - meanX) ** 2, 0)
}

function rssMb(): number {
  return Math.round(process.memoryUsage.rss() / 1_048_576)
}

function tell(path: string, order: unknown): Promise<unknown> {
  return ask(path, JSON.stringify(order))
}

/** By `node:http`, which sets no limit to how long an answer may take. */
function ask(path: string, body?: string): Promise<unknown> {
  const { url } = runtime.port.view().runtime
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, { method: body === undefined ? 'GET' : 'POST' }, (answer) => {
      text(answer).then((answered) => {
        if (answer.statusCode === 200) resolve(JSON.parse(answered))
        else reject(new Error(`${path}: ${answer.statusCode} ${answered}`))
      }, reject)
    })
    asked.on('error', reject).end(body)
  })
}
