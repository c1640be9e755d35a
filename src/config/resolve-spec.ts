import { basename, resolve } from 'node:path'
import { isServiceId, type ServiceId } from '../model/ids.ts'
import type {
  Dependency,
  HealthSpec,
  LoggerSpec,
  MeshSpec,
  Mode,
  NodeSpec,
  PermissionsSpec,
  RestartSpec,
  ReadySpec,
  RuntimeSpec,
  ServiceSource,
  ServiceSpec,
  WatchSpec,
} from '../model/spec.ts'
import { DEFAULTS } from './defaults.ts'
import { given } from './given.ts'
import type { RuntimeFile, ServiceBlock } from './schema.ts'
import { canServe, entrypointOf, isolationOf, restartPolicyOf, rolloutOf, typeOf } from './service-type.ts'
import { smokeOf } from './resolve-smoke.ts'
import { sourceKind } from './source-of.ts'
import { isEnabled } from './subject.ts'
import type { Site, Survey } from './survey.ts'
import { MB } from './units.ts'
import { workerRange } from './worker-range.ts'

const MAX_YOUNG_GENERATION_BYTES = 48 * MB

/** The spec of a valid runtime file: defaults filled in, service blocks laid over the runtime's, paths absolute. */
export function resolveSpec(file: RuntimeFile, setting: Setting): RuntimeSpec {
  const { mode, root, survey } = setting
  const ids = Object.keys(file.services ?? {}).filter((id) => isEnabled(file.services?.[id], mode))
  const entrypoint = entrypointOf(file, ids)
  return {
    name: file.name ?? survey.packageName ?? (basename(root) || 'meshrt'),
    file: setting.file,
    root,
    mode,
    entrypoint,
    server: { ...DEFAULTS.server, ...given(file.server) },
    mesh: meshOf(file),
    shutdownMs: file.gracefulShutdown?.runtime ?? DEFAULTS.shutdown.runtime,
    replacements: { ...DEFAULTS.replacements, ...given(file.replacements) },
    preStopMs: file.gracefulShutdown?.preStop ?? DEFAULTS.shutdown.preStop,
    logger: loggerOf(file, root),
    smoke: smokeOf(file, entrypoint),
    services: ids.flatMap((id) => {
      const service = file.services?.[id]
      const site = survey.sites.get(id)
      if (!service || !site || !isServiceId(id)) return []
      return [serviceOf(id, service, { file, setting, site, isEntrypoint: id === entrypoint })]
    }),
  }
}

export interface Setting {
  readonly mode: Mode
  /** Real path of the runtime file. */
  readonly file: string
  readonly root: string
  readonly survey: Survey
  /** What `auto` means. */
  readonly parallelism: number
  /** Services whose folder `autoload` has found. */
  readonly autoloaded: ReadonlySet<string>
}

interface ServiceSetting {
  readonly file: RuntimeFile
  readonly setting: Setting
  readonly site: Site
  readonly isEntrypoint: boolean
}

function meshOf({ mesh }: RuntimeFile): MeshSpec {
  const { domain, selection, stuckAfter, maxInFlight, streamThreshold } = { ...DEFAULTS.mesh, ...given(mesh) }
  const hold = { ...DEFAULTS.hold, ...given(mesh?.hold) }
  const timeouts = { ...DEFAULTS.timeouts, ...given(mesh?.timeouts) }
  const retry = { ...DEFAULTS.retry, ...given(mesh?.retry) }
  const circuit = { ...DEFAULTS.circuit, ...given(mesh?.circuit) }
  return {
    domain: `.${domain.toLowerCase().replace(/^\./, '')}`,
    hold: { timeMs: hold.time, max: hold.max },
    timeouts: { headersMs: timeouts.headers, bodyIdleMs: timeouts.bodyIdle },
    selection,
    stuckAfterMs: stuckAfter,
    retry: { budget: retry.budget, minPerSecond: retry.min },
    circuit: { failures: circuit.failures, openForMs: circuit.openFor, maxOpenForMs: circuit.maxOpenFor },
    maxInFlight,
    deny: denyOf(mesh?.deny),
    streamThresholdBytes: streamThreshold,
  }
}

/** Without what is said twice. */
function denyOf(deny: Readonly<Record<string, readonly string[]>> = {}): MeshSpec['deny'] {
  return Object.fromEntries(Object.entries(deny).map(([caller, callees]) => [caller, [...new Set(callees)].filter(isServiceId)]))
}

function loggerOf({ logger }: RuntimeFile, root: string): LoggerSpec {
  const { level, pretty, file, maxSize, keep } = { ...DEFAULTS.logger, ...given(logger) }
  return { level, pretty, file: file === 'none' ? null : resolve(root, file), maxSizeBytes: maxSize, keep }
}

function serviceOf(id: ServiceId, service: ServiceBlock, context: ServiceSetting): ServiceSpec {
  const { file, setting, site, isEntrypoint } = context
  const type = typeOf(service)
  const isOneshot = type === 'oneshot'
  const { maxSurge, maxUnavailable, settle } = rolloutOf(file, service)
  const defaultOnFailed = isEntrypoint && setting.mode === 'start' ? 'exit' : 'hold'
  return {
    id,
    foundBy: setting.autoloaded.has(id) ? 'autoload' : 'file',
    path: site.folder,
    source: sourceOf(service, site),
    cwd: resolve(site.folder, service.cwd ?? '.'),
    ready: readyOf(service),
    type,
    isolation: isolationOf(service),
    node: nodeOf(service, site),
    permissions: permissionsOf(service, site.folder),
    listen: service.listen ?? DEFAULTS.service.listen,
    typescript: service.typescript ?? 'auto',
    ...workersOf(file, service, setting),
    rollout: { maxSurge, maxUnavailable, settleMs: settle },
    dependsOn: dependenciesOf(file, service),
    env: { runtime: file.env ?? {}, service: service.env ?? {} },
    envFiles: { runtime: setting.survey.envFile, service: site.envFile },
    config: service.config ?? {},
    health: healthOf(file, service, setting.mode),
    restart: restartOf(file, service),
    onFailed: service.onFailed ?? file.onFailed ?? defaultOnFailed,
    startTimeoutMs: service.startTimeout ?? (isOneshot ? 0 : (file.startTimeout ?? DEFAULTS.runtime.startTimeout)),
    shutdownMs: service.gracefulShutdown?.service ?? file.gracefulShutdown?.service ?? DEFAULTS.shutdown.service,
    limits: {
      heapBytes: service.limits?.heap ?? null,
      youngGenerationBytes: service.limits?.youngGeneration ?? youngGenerationWithin(service.limits?.heap),
      stackBytes: service.limits?.stack ?? null,
      cpu: service.limits?.cpu ?? DEFAULTS.limits.cpu,
    },
    mesh: { maxInFlight: service.mesh?.maxInFlight ?? file.mesh?.maxInFlight ?? DEFAULTS.mesh.maxInFlight },
    build: service.build ?? null,
    watch: watchOf(service, site.folder, setting.mode),
  }
}

function nodeOf({ argv = [], execArgv = [], nodeOptions = '', sourceMaps }: ServiceBlock, { preload }: Site): NodeSpec {
  return { argv, execArgv, nodeOptions, preload, sourceMaps: sourceMaps ?? DEFAULTS.service.sourceMaps }
}

function permissionsOf({ permissions }: ServiceBlock, folder: string): PermissionsSpec | null {
  if (permissions === undefined) return null
  const { fs, ...switches } = permissions
  const places = (paths: readonly string[] = []): readonly string[] => paths.map((path) => (path === '*' ? path : resolve(folder, path)))
  return { fs: { read: places(fs?.read), write: places(fs?.write) }, ...DEFAULTS.permissions, ...given(switches) }
}

/**
 * V8 lets a thread that has reached its limit go on for another 16 MB, so that its last collection can finish, and aborts the whole process
 * when that is not enough. Such a collection may move half of the young generation's three spaces: with V8's own default
 * of 192 MB, 14 of 16 workers that hoarded strings took the process along; with 48 MB none did.
 */
function youngGenerationWithin(heapBytes: number | undefined): number | null {
  return heapBytes === undefined ? null : Math.min(Math.floor(heapBytes / 2), MAX_YOUNG_GENERATION_BYTES)
}

function sourceOf(service: ServiceBlock, { entry, folder }: Site): ServiceSource {
  if (service.url !== undefined) return { kind: 'remote', url: service.url }
  return service.command === undefined ? { kind: 'module', entry: entry ?? folder } : { kind: 'command', argv: service.command }
}

function readyOf(service: ServiceBlock): ReadySpec {
  if (service.ready !== undefined && service.ready.kind !== 'listen') return service.ready
  switch (sourceKind(service)) {
    case 'module':
      return { kind: 'listen' }
    case 'command':
      return { kind: canServe(service) ? 'tcp' : 'none' }
    case 'remote':
      return { kind: 'none' }
  }
}

function dependenciesOf(file: RuntimeFile, { dependsOn }: ServiceBlock): readonly Dependency[] {
  return Object.entries(dependsOn ?? {}).flatMap(([service, { condition }]) => {
    const fallback = typeOf(file.services?.[service]) === 'oneshot' ? 'completed' : 'ready'
    return isServiceId(service) ? [{ service, condition: condition ?? fallback }] : []
  })
}

/** One for what runs to its end, and one per service in development, whatever the file says. */
function workersOf(file: RuntimeFile, service: ServiceBlock, { mode, parallelism }: Setting): Pick<ServiceSpec, 'workers' | 'scaling'> {
  const { min, max, targetELU, tolerance, stabilise, cooldown } = workerRange({
    inherited: file.workers,
    own: service.workers,
    parallelism,
  })
  if (mode === 'dev' || typeOf(service) === 'oneshot' || service.url !== undefined) return { workers: 1, scaling: null }
  if (min === max) return { workers: min, scaling: null }
  return { workers: min, scaling: { min, max, targetELU, tolerance, stabiliseMs: stabilise, cooldownMs: cooldown } }
}

function healthOf(file: RuntimeFile, service: ServiceBlock, mode: Mode): HealthSpec {
  const health = { ...DEFAULTS.health, enabled: mode === 'start', ...given(file.health), ...given(service.health) }
  return {
    enabled: health.enabled,
    intervalMs: health.interval,
    gracePeriodMs: health.gracePeriod,
    maxUnhealthyChecks: health.maxUnhealthyChecks,
    maxELU: health.maxELU,
    maxHeapUsed: health.maxHeapUsed,
    blockedAfterMs: health.blockedAfter,
    maxEventLoopDelayMs: health.maxEventLoopDelay,
    maxResponseTimeMs: health.maxResponseTime,
    maxRssBytes: health.maxRSS,
    check: checkOf(health.check),
    checkTimeoutMs: health.checkTimeout,
  }
}

function checkOf(check: string): HealthSpec['check'] {
  if (check === 'none' || check === 'export') return { kind: check }
  return { kind: 'path', path: check }
}

function restartOf(file: RuntimeFile, service: ServiceBlock): RestartSpec {
  const restart = { ...DEFAULTS.restart, ...given(file.restart), ...given(service.restart) }
  // A migration that has failed for good is not to be tried again while nobody looks.
  const probeAfter = typeOf(service) === 'oneshot' ? (service.restart?.probeAfter ?? 0) : restart.probeAfter
  return {
    policy: restartPolicyOf(file, service),
    delayMs: restart.delay,
    factor: restart.factor,
    maxDelayMs: restart.maxDelay,
    jitter: restart.jitter,
    maxAttempts: restart.maxAttempts,
    windowMs: restart.window,
    maxPerHour: restart.maxPerHour,
    startAttempts: restart.startAttempts,
    stableAfterMs: restart.stableAfter,
    probeAfterMs: probeAfter,
  }
}

/** Only `dev` watches. */
function watchOf({ path, watch }: ServiceBlock, folder: string, mode: Mode): WatchSpec {
  // Without a folder of its own it would be reloaded for everything.
  const own = path === undefined ? [] : [folder]
  const paths = watch?.paths?.map((one) => resolve(folder, one)) ?? own
  return { enabled: mode === 'dev' && paths.length > 0, paths, ignore: watch?.ignore ?? [] }
}
