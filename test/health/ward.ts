import { HealthMonitor } from '../../src/health/monitor.ts'
import { MemoryWatch } from '../../src/health/memory-watch.ts'
import type { Patient, PongReading } from '../../src/health/patient.ts'
import { formatWorkerId, serviceId, type WorkerId, type WorkerKey } from '../../src/model/ids.ts'
import type { RuntimeEvent } from '../../src/model/events.ts'
import type { HealthSpec } from '../../src/model/spec.ts'
import type { CheckResult } from '../../src/model/verdict.ts'
import { WorkerRow } from '../../src/model/worker-row.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { serviceSpec } from '../support/specs.ts'

/** What a puppet patient does when the monitor asks. */
class Puppet {
  readonly key: WorkerKey
  readonly row = new WorkerRow()
  /** Null = nobody knows. */
  elu: number | null = 0.1
  heapBytes = 10
  externalBytes = 0
  /** Part of the heap that a collection frees. */
  garbageBytes = 0
  collections = 0
  loopDelayMs = 3
  inspected = false
  /** CPU time; null = sits in a native call. */
  cpuMs: number | null = 0
  check: CheckResult | null | 'none' | 'silent' = 'none'
  pings = 0
  memoryQuestions = 0
  pressed = false
  #unanswered: (() => void)[] = []
  #alive = true

  constructor(key: WorkerKey) {
    this.key = key
  }

  get alive(): boolean {
    return this.#alive
  }

  /** One that comes to life answers what it was asked before. */
  set alive(alive: boolean) {
    this.#alive = alive
    if (!alive) return
    for (const answer of this.#unanswered) answer()
    this.#unanswered = []
  }

  ping(): Promise<PongReading> {
    this.pings += 1
    return new Promise((resolve) => {
      const answer = () =>
        resolve({
          loopDelayMs: this.loopDelayMs,
          heapUsedBytes: this.heapBytes,
          externalBytes: this.externalBytes,
          heapLimitBytes: 100,
          inspected: this.inspected,
        })
      if (this.#alive) answer()
      else this.#unanswered.push(answer)
    })
  }
}

export interface WardOptions {
  readonly workers?: number
  readonly health?: Partial<HealthSpec>
  readonly memoryLimitBytes?: number | null
  /** False for workers on their way in or out. */
  readonly serving?: boolean
  readonly cpuLimit?: number
  readonly readyForMs?: number
  readonly roomy?: boolean
}

/** A monitor with puppets as patients. */
export function ward({ workers = 1, serving = true, memoryLimitBytes = null, ...options }: WardOptions = {}) {
  const clock = new FakeClock()
  const facts: string[] = []
  const watches: MemoryWatch[] = []
  const events: RuntimeEvent[] = []
  /** What all patients are judged by; a test may put another one in its place. */
  const rules = { health: { ...serviceSpec().health, ...options.health } as HealthSpec }
  const state = { roomy: options.roomy ?? true, mayKill: true, budget: true, rss: 0 }
  const monitor = new HealthMonitor({
    clock,
    emit: (event) => void events.push(event),
    host: { mark: () => undefined, wasRoomy: () => state.roomy },
    rss: () => state.rss,
    mayKillBlocked: () => state.mayKill,
    treatment: {
      leaveRotation: (id) => void facts.push(`out ${formatWorkerId(id)}`),
      enterRotation: (id) => void facts.push(`in ${formatWorkerId(id)}`),
      replace: (id, reason) => {
        if (!state.budget) return null
        facts.push(`replace ${formatWorkerId(id)} ${reason}`)
        return new Promise(() => undefined)
      },
      kill: (id, reason) => {
        facts.push(`kill ${formatWorkerId(id)} ${reason}`)
        monitor.discharge(formatWorkerId(id))
      },
    },
  })
  const admit = (slot: number, alive = true): Puppet => {
    const id = { service: serviceId('auth'), slot, generation: 1 }
    const puppet = new Puppet(formatWorkerId(id))
    puppet.alive = alive
    const patient: Patient = {
      id,
      get spec() {
        return rules.health
      },
      memoryLimitBytes,
      cpuLimit: options.cpuLimit ?? 0,
      stuckAfterMs: 250,
      readyAtMs: clock.nowMs() - (options.readyForMs ?? 60_000),
      check: options.health?.check ? (signal) => answerCheck(puppet, signal) : null,
      utilisation: () => puppet.elu,
      ping: () => puppet.ping(),
      cpuTime: () => (puppet.cpuMs === null ? new Promise(() => undefined) : Promise.resolve(puppet.cpuMs)),
      readRow: (before) => puppet.row.read(before),
      setPressed: (pressed) => void (puppet.pressed = pressed),
    }
    if (serving) monitor.admit(patient)
    if (memoryLimitBytes !== null) watches.push(watchMemory(puppet, { id, memoryLimitBytes, monitor, clock, facts }))
    return puppet
  }
  const puppets = Array.from({ length: workers }, (_, slot) => admit(slot))
  const [first] = puppets
  if (!first) throw new Error('A ward needs a patient')
  monitor.start()
  const verdicts = () =>
    events.flatMap((event) => (event.type === 'health.changed' ? [`${formatWorkerId(event.worker)} ${event.verdict.kind}`] : []))
  const close = () => {
    monitor.close()
    for (const watch of watches) watch.close()
  }
  /** One that is silent at first. */
  const admitSilent = (): Puppet => admit(workers, false)
  return { clock, facts, events, monitor, state, rules, puppets, first, admitSilent, verdicts, close }
}

interface WatchOrder {
  readonly id: WorkerId
  readonly memoryLimitBytes: number
  readonly monitor: HealthMonitor
  readonly clock: FakeClock
  readonly facts: string[]
}

function watchMemory(puppet: Puppet, { id, memoryLimitBytes, monitor, clock, facts }: WatchOrder): MemoryWatch {
  const weight = () => ({ heapUsedBytes: puppet.heapBytes, externalBytes: puppet.externalBytes, heapLimitBytes: 1e9 })
  const worker = {
    id,
    limitBytes: memoryLimitBytes,
    memory: () => {
      puppet.memoryQuestions += 1
      return Promise.resolve(weight())
    },
    weigh: () => {
      puppet.collections += 1
      if (!puppet.alive) return Promise.reject(new Error('no answer'))
      puppet.heapBytes -= puppet.garbageBytes
      puppet.garbageBytes = 0
      return Promise.resolve(weight())
    },
    kill: () => {
      facts.push(`kill ${puppet.key} heap-limit`)
      watch.close()
      monitor.discharge(puppet.key)
    },
  }
  const watch = new MemoryWatch(worker, { clock, observer: monitor })
  return watch
}

function answerCheck(puppet: Puppet, signal: AbortSignal): Promise<CheckResult | null> {
  const { check } = puppet
  if (check !== 'silent') return Promise.resolve(check === 'none' ? null : check)
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ ok: false, durationMs: 0, detail: 'aborted' })))
}
