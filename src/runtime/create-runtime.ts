import { url as inspectorUrl } from 'node:inspector'
import { HostLoad, readCpus } from '../health/host-load.ts'
import { HealthMonitor } from '../health/monitor.ts'
import { maxEntrypointWorkers } from '../ingress/strategy.ts'
import { MeshCoordinator } from '../mesh/coordinator.ts'
import type { LogLine } from '../model/log-line.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import type { PoolOptions } from '../pool/pool-options.ts'
import { PoolSupervisor } from '../pool/pool-supervisor.ts'
import { createLauncher } from './create-launcher.ts'
import { EventBus } from './event-bus.ts'
import { rebootNotices, type GuardianPort } from './guardian-port.ts'
import { History } from './history.ts'
import { MainEndpoint } from './main-endpoint.ts'
import { MeshRouting } from './mesh-routing.ts'
import { limitEntrypoint, limitedServices } from './limit-entrypoint.ts'
import { Orchestrator } from './orchestrator.ts'
import type { Preparation } from './preparation.ts'
import { realClock } from './real-clock.ts'
import { createProcessPlace } from './process-place.ts'
import type { Runtime } from './runtime.ts'
import { ServiceKeeper } from './service-keeper.ts'
import type { KeeperHooks } from './service-registry.ts'
import type { SpecSource } from './spec-source.ts'
import { createThrottleProbe } from './throttle-probe.ts'

/** How long a route change waits for callers to acknowledge it. */
const ACK_DEADLINE_MS = 250

/** Lines of output kept for `logs`, over all services. */
const OUTPUT_LINES = 5000
/** Fewer lines when they are long. */
const OUTPUT_CHARS = 16 * 1024 * 1024

export interface RuntimeOptions {
  readonly prepared?: Preparation | null
  readonly guardian?: GuardianPort | null
  /** Where a reload gets the spec from; without it there is none. */
  readonly source?: SpecSource | null
}

/** The composition root: makes the parts of a runtime and connects them. Nothing runs before `start()`. */
export function createRuntime(asked: RuntimeSpec, { guardian = null, source = null, prepared = null }: RuntimeOptions = {}): Runtime {
  const limit = (spec: RuntimeSpec): RuntimeSpec => limitEntrypoint(spec, maxEntrypointWorkers(process.platform))
  const spec = limit(asked)
  const bus = new EventBus(realClock)
  const output = new History<LogLine>({ entries: OUTPUT_LINES, weight: { max: OUTPUT_CHARS, of: ({ text }) => text.length } })
  const coordinator = new MeshCoordinator({ clock: realClock, emit: bus.emit, ackDeadlineMs: ACK_DEADLINE_MS, deny: spec.mesh.deny })
  const routing = new MeshRouting(coordinator)
  const early = prepared?.threads ?? null
  let hasStarted = false
  const place = createProcessPlace(spec, () => !hasStarted)
  bus.journal.listen(({ event }) => {
    if (event.type === 'runtime.started') hasStarted = true
    // Whoever has not been taken by now is not wanted.
    if (event.type === 'runtime.started' || event.type === 'runtime.stopped') early?.close()
    if (event.type === 'runtime.stopped') place.close()
  })
  const parts: Parts = { spec, bus, output, routing }
  const orchestrator: Orchestrator = new Orchestrator({
    spec,
    source: source && { ...source, load: async () => limit(await source.load()) },
    notices: [...rebootNotices(guardian?.reboot ?? null, realClock.epochMs()), ...limitedServices(asked, spec)],
    guardian,
    helper: prepared?.helper ?? null,
    bus,
    output,
    routing,
    clock: realClock,
    endpoint: new MainEndpoint(spec.mesh, { coordinator, routing, lineDir: place.lineDir, clock: realClock }),
    createMonitor: (treatment) =>
      new HealthMonitor({
        clock: realClock,
        emit: bus.emit,
        treatment,
        host: createHostLoad(),
        rss: () => process.memoryUsage.rss(),
        mayKillBlocked: () => mayKillBlocked(spec),
      }),
    createLauncher: (service, { runtime, ingress }) => createLauncher(service, { runtime, coordinator, place, ingress, early }),
    createKeeper: (pool, hooks) => createKeeper(pool, { ...parts, ...hooks }),
  })
  const guardianPid = guardian?.pid() ?? null
  if (guardianPid !== null) guardian?.onLost(() => bus.emit({ type: 'guardian.lost', pid: guardianPid }))
  return orchestrator
}

function createHostLoad(): HostLoad {
  const throttledMs = createThrottleProbe()
  return new HostLoad(() => ({ atMs: realClock.nowMs(), cpus: readCpus(), throttledMs: throttledMs() }))
}

/** Whoever debugs is not to lose the worker; in `dev` it may also just be slow. */
function mayKillBlocked({ mode }: Pick<RuntimeSpec, 'mode'>): boolean {
  return mode !== 'dev' && inspectorUrl() === undefined
}

interface Parts {
  readonly spec: RuntimeSpec
  readonly bus: EventBus
  readonly output: History<LogLine>
  readonly routing: MeshRouting
}

function createKeeper(pool: Pick<PoolOptions, 'spec' | 'launcher' | 'past'>, parts: Parts & KeeperHooks): ServiceKeeper {
  const { spec, bus, output, routing, onFiles, onFailed, onChange } = parts
  const { id } = pool.spec
  routing.introduce(pool.spec)
  return new ServiceKeeper({ id, clock: realClock, emit: bus.emit, onFailed, onState: (state) => routing.follow(id, state) }, (derive) => {
    return new PoolSupervisor({
      ...pool,
      routing,
      clock: realClock,
      random: Math.random,
      emit: bus.emit,
      onOutput: (line) => output.push(line),
      onFiles,
      mayKillBlocked: () => mayKillBlocked(spec),
      onChange: () => {
        derive()
        onChange()
      },
    })
  })
}
