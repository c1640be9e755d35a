import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { StampedEvent } from '../../../src/model/events.ts'
import type { RuntimeView } from '../../../src/model/view.ts'

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url))
/** The guardian counts from anew, and starts the next runtime after its shortest delay. */
const CALM_MS = 31_000
const KNOCK_MS = 20

/**
 * A thread takes the whole process along (V8 aborts it when an array cannot grow any more): how long until its guardian has the
 * runtime answering again, is anybody refused meanwhile, and what does the guardian cost? With the package as it is built.
 */
export async function abortRounds(rounds: number): Promise<void> {
  const place = installed()
  try {
    await place.meshrt('start', '-d', '--wait')
    const { runtime } = await place.ps()
    const { guardianPid, url } = runtime
    if (guardianPid === null || url === null) throw new Error('The runtime has no guardian, or no url')
    console.log(`guardian at the start: ${memoryOf(guardianPid)}`)
    for (let round = 1; round <= rounds; round += 1) {
      const told = await abortOnce(url)
      const { number } = await place.reboot()
      if (number !== round) throw new Error(`The process has not been aborted: ${told}`)
      console.log(`round ${round}: ${told}; guardian: ${memoryOf(guardianPid)}`)
      if (round < rounds) await delay(CALM_MS)
    }
  } finally {
    await place.meshrt('stop')
    place.remove()
  }
}

async function abortOnce(url: string): Promise<string> {
  const orderedMs = performance.now()
  // Its worker is not asked anything else: the connection breaks when the process ends.
  await ask(`${url}/abort`).catch(() => undefined)
  const endedMs = performance.now()
  const knocks: Promise<number>[] = []
  const back: number[] = []
  while (back.length === 0) {
    const knock = ask(url)
    knocks.push(knock)
    // One that fails is counted below.
    knock.then(() => back.push(performance.now())).catch(() => {})
    await delay(KNOCK_MS)
  }
  const [backMs = Number.NaN] = back
  const outcomes = await Promise.allSettled(knocks)
  const refused = outcomes.filter(({ status }) => status === 'rejected').length
  return `ended ${seconds(endedMs - orderedMs)} after the order, first answer ${seconds(backMs - endedMs)} after the end; of ${knocks.length} connections meanwhile ${refused} failed`
}

interface Installed {
  meshrt(...args: readonly string[]): Promise<string>
  ps(): Promise<RuntimeView>
  /** The last one. */
  reboot(): Promise<{ readonly number: number }>
  remove(): void
}

/** `bin` and `dist` without `src`, as the package has them, beside a runtime file. */
function installed(): Installed {
  const root = mkdtempSync(join(tmpdir(), 'meshrt-soak-'))
  for (const part of ['bin', 'dist', 'package.json']) cpSync(join(REPOSITORY, part), join(root, part), { recursive: true })
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'))
  const service = `export default (request, response) => {
    if (request.url !== '/abort') return response.end('here')
    const array = []
    for (;;) array.push(1)
  }`
  writeFileSync(join(root, 'service.mjs'), service)
  const web = { path: '.', entry: 'service.mjs', workers: 2 }
  // A loop that is blocked for long is to end the process here, not the worker.
  writeFileSync(
    join(root, 'meshrt.yaml'),
    JSON.stringify({ name: 'soak-abort', entrypoint: 'web', server: { port: 0 }, health: { enabled: false }, services: { web } }),
  )
  // Reaching V8's own limit is what aborts; the usual one, half of the machine's memory, would take minutes to fill.
  const env = { ...process.env, XDG_RUNTIME_DIR: root, XDG_STATE_HOME: root, NODE_OPTIONS: '--max-old-space-size=64' }
  const meshrt = async (...args: readonly string[]): Promise<string> => {
    const child = spawn(process.execPath, [join(root, 'bin/meshrt.mjs'), ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
    return succeeded(child, await text(child.stdout))
  }
  return {
    meshrt,
    reboot: async () => {
      const events = (await meshrt('events', '--json')).trim().split('\n')
      const found = events.map((line) => JSON.parse(line) as StampedEvent).findLast(({ event }) => event.type === 'runtime.rebooted')
      return found?.event.type === 'runtime.rebooted' ? found.event : { number: 0 }
    },
    ps: async () => JSON.parse(await meshrt('ps', '--json')) as RuntimeView,
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

async function succeeded(child: ChildProcess, output: string): Promise<string> {
  if (child.exitCode === null) await once(child, 'exit')
  if (child.exitCode !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${child.exitCode}: ${output}`)
  return output
}

/** Of /proc: what is its own alone, and what it shares with every other Node as well. */
function memoryOf(pid: number): string {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(rollup)?.[1])
  const own = kilobytes('Private_Clean') + kilobytes('Private_Dirty')
  return `${(own / 1024).toFixed(1)} MB private, RSS ${(kilobytes('Rss') / 1024).toFixed(1)} MB`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

/** One request on a connection of its own. */
function ask(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false }, (answer) => {
      answer
        .on('error', reject)
        .on('end', () => resolve(answer.statusCode ?? 0))
        .resume()
    })
    asked.on('error', reject).end()
  })
}
