import { url as inspectorUrl } from 'node:inspector'
import { HostLoad, readCpus } from '../health/host-load.ts'
import { HealthMonitor } from '../health/monitor.ts'
import { createMeshEndpoint, type MeshEndpoint } from '../mesh/endpoint.ts'
import { maxEntrypointWorkers } from '../ingress/strategy.ts'
import { ownSockets } from '../mesh/socket/line-sockets.ts'
import { MeshCoordinator } from '../mesh/coordinator.ts'
import type { ServiceId, WorkerKey } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import type { RuntimeSpec, ServiceSpec } from '../model/spec.ts'
import type { ServiceState } from '../model/view.ts'
import { PoolSupervisor } from '../pool/pool-supervisor.ts'
import { createLauncher } from './create-launcher.ts'
import { EventBus } from './event-bus.ts'
import { rebootNotices, type GuardianPort } from './guardian-port.ts'
import { History } from './history.ts'
import { MeshRouting } from './mesh-routing.ts'
import { limitEntrypoint, limitedServices } from './limit-entrypoint.ts'
import { Orchestrator, type KeeperHooks } from './orchestrator.ts'
import { realClock } from './real-clock.ts'
import { openProcessPlace, type ProcessPlace } from './process-place.ts'
import type { Runtime } from './runtime.ts'
import { ServiceKeeper } from './service-keeper.ts'
import { createThrottleProbe } from './throttle-probe.ts'

/** How long a route change waits for callers to acknowledge it. */
const ACK_DEADLINE_MS = 250

/** Lines of output kept for `logs`, over all services. */
const OUTPUT_LINES = 5000
/** Fewer lines when they are long. */
const OUTPUT_CHARS = 16 * 1024 * 1024

const MAIN_THREAD = '$runtime/0#1' as WorkerKey

/** The composition root: makes the parts of a runtime and connects them. Nothing runs before `start()`. */
export function createRuntime(asked: RuntimeSpec, { guardian = null }: { readonly guardian?: GuardianPort | null } = {}): Runtime {
  const spec = limitEntrypoint(asked, maxEntrypointWorkers(process.platform))
  const bus = new EventBus(realClock)
  const output = new History<LogLine>({ entries: OUTPUT_LINES, weight: { max: OUTPUT_CHARS, of: ({ text }) => text.length } })
  const coordinator = new MeshCoordinator({ clock: realClock, emit: bus.emit, ackDeadlineMs: ACK_DEADLINE_MS, deny: spec.mesh.deny })
  const routing = new MeshRouting(coordinator)
  const place = openProcessPlace(spec)
  bus.journal.listen(({ event }) => {
    if (event.type === 'runtime.stopped') place?.close()
  })
  const endpoint = createMainEndpoint(spec, { coordinator, routing, lineDir: place?.lineDir ?? null })
  const parts: Parts = { spec, bus, output, coordinator, routing, place }
  const orchestrator: Orchestrator = new Orchestrator({
    spec,
    notices: [...rebootNotices(guardian?.reboot ?? null, realClock.epochMs()), ...limitedServices(asked, spec)],
    guardian,
    bus,
    output,
    routing,
    clock: realClock,
    endpoint,
    createMonitor: (treatment) =>
      new HealthMonitor({
        clock: realClock,
        emit: bus.emit,
        treatment,
        host: createHostLoad(),
        rss: () => process.memoryUsage.rss(),
        mayKillBlocked: () => mayKillBlocked(spec),
      }),
    createKeeper: (service, hooks) => createKeeper(service, { ...parts, ...hooks }),
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
function mayKillBlocked({ mode }: RuntimeSpec): boolean {
  return mode !== 'dev' && inspectorUrl() === undefined
}

interface Parts {
  readonly spec: RuntimeSpec
  readonly bus: EventBus
  readonly output: History<LogLine>
  readonly coordinator: MeshCoordinator
  readonly routing: MeshRouting
  readonly place: ProcessPlace | null
}

function createKeeper(service: ServiceSpec, parts: Parts & KeeperHooks): ServiceKeeper {
  const { spec, bus, output, coordinator, routing, place, ingress, onFiles, onFailed, onChange } = parts
  const launcher = createLauncher(service, { spec, coordinator, place, ingress })
  const hasNoServer = service.type === 'background' || service.type === 'oneshot'
  coordinator.setService(service.id, hasNoServer ? 'unroutable' : 'open')
  const onState = (state: ServiceState) => publishState(coordinator, service.id, state)
  return new ServiceKeeper({ spec: service, clock: realClock, emit: bus.emit, onFailed, onState }, (derive) => {
    return new PoolSupervisor({
      spec: service,
      launcher,
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

/** Callers wait for a service that will be back, and fail at once for one that will not. */
function publishState(coordinator: MeshCoordinator, service: ServiceId, state: ServiceState): void {
  const route = coordinator.snapshot.services[service]?.state
  if (route === 'unroutable') return
  const closed = state === 'stopped' || state === 'failed' || state === 'completed'
  coordinator.setService(service, closed ? 'closed' : 'open')
}

/** The main thread takes part in the mesh as a caller, for smoke runs, `request` and health checks. */
function createMainEndpoint(
  spec: RuntimeSpec,
  {
    coordinator,
    routing,
    lineDir,
  }: { readonly coordinator: MeshCoordinator; readonly routing: MeshRouting; readonly lineDir: string | null },
): MeshEndpoint {
  const endpoint: MeshEndpoint = createMeshEndpoint({
    self: MAIN_THREAD,
    service: null,
    mesh: spec.mesh,
    snapshot: coordinator.snapshot,
    row: null,
    link: { send: (message) => routing.receiveFrom(MAIN_THREAD, message) },
    surroundings: { place: 'thread', lineDir, sockets: ownSockets },
    clock: realClock,
  })
  coordinator.join(MAIN_THREAD, { send: (message) => endpoint.receive(message) })
  return endpoint
}
