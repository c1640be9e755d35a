import { setTimeout as passed } from 'node:timers/promises'
import v8 from 'node:v8'
import { MessagePort, Worker } from 'node:worker_threads'
import { createRuntime, loadSpec } from '../../../src/index.ts'
import type { Question } from '../../../src/runtime/runtime.ts'
import { serviceId } from '../../../src/model/ids.ts'
import { PUPPET } from '../../support/project.ts'
import { writeFiles } from '../../support/temp-dir.ts'
import { processVitals, type ProcessVitals } from '../process-vitals.ts'
import { Scope } from '../scope.ts'
import { slope } from '../slope.ts'

const SAMPLES = 20
/** The first samples see pools being filled and code being compiled. */
const WARM_UP = 5
const CRASHES = 1_000_000

interface Sample extends ProcessVitals {
  readonly exits: number
  readonly ports: number
  readonly workers: number
  readonly heapMb: number
  readonly listeners: number
  readonly resources: Readonly<Record<string, number>>
}

/** Two workers that end right after each start, and somebody who calls them all the time: what piles up in the runtime? */
export async function crashLoop(minutes: number): Promise<void> {
  const scope = new Scope()
  const root = scope.folder()
  const restart = { delay: '1ms', maxDelay: '20ms', maxAttempts: CRASHES, maxPerHour: CRASHES, startAttempts: CRASHES }
  const services = {
    mayfly: { path: PUPPET, workers: 2, restart, config: { crashAfterMs: 20 } },
    caller: { path: PUPPET, config: {} },
  }
  writeFiles(root, { 'meshrt.yaml': JSON.stringify({ entrypoint: 'none', health: { interval: '200ms' }, services }) })
  const runtime = createRuntime(await loadSpec({ file: `${root}/meshrt.yaml`, mode: 'start', env: process.env }))
  let exits = 0
  const offEvents = runtime.onEvent(({ event }) => void (exits += event.type === 'worker.exited' ? 1 : 0))
  const end = new AbortController()
  try {
    await runtime.start()
    const relay = `/relay?to=${encodeURIComponent('http://mayfly.plt.local/')}`
    const calls = repeat(end.signal, () =>
      Promise.allSettled([runtime.ask(serviceId('caller'), get(relay)), runtime.ask(serviceId('mayfly'), get('/'))]),
    )
    const samples: Sample[] = []
    for (let i = 0; i < SAMPLES; i++) {
      await passed((minutes * 60_000) / SAMPLES)
      samples.push(sample(exits))
      console.log(JSON.stringify(samples.at(-1)))
    }
    end.abort()
    await calls
    report(samples.slice(WARM_UP))
  } finally {
    end.abort()
    offEvents()
    await runtime.stop('command')
    await scope.end()
  }
}

async function repeat(signal: AbortSignal, task: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    await task()
    await passed(5)
  }
}

function sample(exits: number): Sample {
  // Collects all garbage first.
  const ports = v8.queryObjects(MessagePort, { format: 'count' })
  const workers = v8.queryObjects(Worker, { format: 'count' })
  return {
    exits,
    ports,
    workers,
    heapMb: Math.round(process.memoryUsage().heapUsed / 104_858) / 10,
    ...processVitals(process.pid),
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    resources: counted(process.getActiveResourcesInfo()),
  }
}

function report(samples: readonly Sample[]): void {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last) throw new Error('Too few samples')
  const perStep = (last.exits - first.exits) / (samples.length - 1)
  const per1000 = (read: (sample: Sample) => number): string => ((slope(samples.map(read)) / perStep) * 1000).toFixed(3)
  const active = (sample: Sample): number => Object.values(sample.resources).reduce((sum, count) => sum + count, 0)
  console.log(
    `${last.exits} workers died. Slopes per 1000 deaths: RSS ${per1000((s) => s.rssMb)} MB, heap ${per1000((s) => s.heapMb)} MB, ` +
      `threads ${per1000((s) => s.threads)}, descriptors ${per1000((s) => s.descriptors)}, active resources (timers, handles) ${per1000(active)}, ` +
      `ports ${per1000((s) => s.ports)}, worker objects ${per1000((s) => s.workers)}, ` +
      `listeners of the process ${per1000((s) => s.listeners)}`,
  )
}

function counted(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

function get(path: string): Question {
  return { method: 'GET', path, headers: {}, body: null, timeoutMs: 30_000 }
}
