import { isAbsolute, relative } from 'node:path'
import type { SmokeSpec } from '../model/smoke.ts'
import type {
  HealthSpec,
  LimitsSpec,
  PermissionsSpec,
  ReadySpec,
  RestartSpec,
  RolloutSpec,
  RuntimeSpec,
  ServiceSpec,
} from '../model/spec.ts'
import { redactTree } from '../model/redact.ts'
import { NO_ENTRYPOINT } from './rules.ts'
import { formatDuration, formatSize } from './units.ts'

/**
 * A spec in the shape of a runtime file, with everything filled in: what `meshrt config` shows. Read again at the same place it gives the
 * same spec, but for hidden secrets, which are replaced by `***`.
 */
export function describeSpec(spec: RuntimeSpec, { secrets }: DescribeOptions): RuntimeFileDescription {
  const show = secrets === 'hidden' ? redactTree : (value: unknown) => value
  // They mean the same to every service.
  const { env, envFiles } = spec.services[0] ?? NO_ENVIRONMENT
  return {
    name: spec.name,
    entrypoint: spec.entrypoint ?? NO_ENTRYPOINT,
    server: { ...spec.server },
    mesh: {
      domain: spec.mesh.domain,
      hold: { time: formatDuration(spec.mesh.hold.timeMs), max: spec.mesh.hold.max },
      timeouts: {
        headers: formatDuration(spec.mesh.timeouts.headersMs),
        bodyIdle: formatDuration(spec.mesh.timeouts.bodyIdleMs),
      },
      selection: spec.mesh.selection,
      stuckAfter: formatDuration(spec.mesh.stuckAfterMs),
      retry: { budget: spec.mesh.retry.budget, min: spec.mesh.retry.minPerSecond },
      circuit: {
        failures: spec.mesh.circuit.failures,
        openFor: formatDuration(spec.mesh.circuit.openForMs),
        maxOpenFor: formatDuration(spec.mesh.circuit.maxOpenForMs),
      },
      maxInFlight: spec.mesh.maxInFlight,
      deny: spec.mesh.deny,
      streamThreshold: formatSize(spec.mesh.streamThresholdBytes),
    },
    gracefulShutdown: { runtime: formatDuration(spec.shutdownMs), preStop: formatDuration(spec.preStopMs) },
    replacements: { ...spec.replacements },
    logger: {
      level: spec.logger.level,
      pretty: spec.logger.pretty,
      file: spec.logger.file === null ? 'none' : relativeTo(spec.root, spec.logger.file),
      maxSize: formatSize(spec.logger.maxSizeBytes),
      keep: spec.logger.keep,
    },
    ...(spec.smoke.length === 0 ? {} : { smoke: spec.smoke.map((check) => describeSmoke(check, show)) }),
    env: show(env.runtime),
    ...(envFiles.runtime === null ? {} : { envFile: relativeTo(spec.root, envFiles.runtime) }),
    services: Object.fromEntries(spec.services.map((service) => [service.id, describeService(service, { root: spec.root, show })])),
  }
}

export interface DescribeOptions {
  readonly secrets: 'hidden' | 'shown'
}

export type RuntimeFileDescription = Readonly<Record<string, unknown>> & { readonly services: Readonly<Record<string, unknown>> }

const NO_ENVIRONMENT: Pick<ServiceSpec, 'env' | 'envFiles'> = {
  env: { runtime: {}, service: {} },
  envFiles: { runtime: null, service: null },
}

/** A value as it is, or without its secrets. */
type Show = (value: unknown) => unknown

function describeService(service: ServiceSpec, { root, show }: { readonly root: string; readonly show: Show }) {
  return {
    path: relativeTo(root, service.path),
    ...describeSource(service),
    type: service.type,
    isolation: service.isolation,
    ...describeNode(service),
    ...(service.permissions === null ? {} : { permissions: describePermissions(service.permissions, service.path) }),
    listen: service.listen,
    ...(service.typescript === 'auto' ? {} : { typescript: service.typescript }),
    workers: describeWorkers(service),
    dependsOn: Object.fromEntries(service.dependsOn.map(({ service: id, condition }) => [id, condition])),
    env: show(service.env.service),
    ...(service.envFiles.service === null ? {} : { envFile: relativeTo(service.path, service.envFiles.service) }),
    config: show(service.config),
    limits: describeLimits(service.limits),
    health: describeHealth(service.health),
    restart: describeRestart(service.restart),
    rollout: describeRollout(service.rollout),
    onFailed: service.onFailed,
    ...(service.startTimeoutMs === 0 ? {} : { startTimeout: formatDuration(service.startTimeoutMs) }),
    gracefulShutdown: { service: formatDuration(service.shutdownMs) },
    mesh: { maxInFlight: service.mesh.maxInFlight },
    ...(service.build === null ? {} : { build: service.build }),
    watch:
      service.watch.paths.length > 0
        ? { paths: service.watch.paths.map((path) => relativeTo(service.path, path)), ignore: service.watch.ignore }
        : false,
  }
}

function describeSmoke({ timeoutMs, headers, ...check }: SmokeSpec, show: Show) {
  return {
    ...check,
    headers: show(headers),
    ...(check.body === undefined ? {} : { body: show(check.body) }),
    timeout: formatDuration(timeoutMs),
  }
}

function describeSource({ source, path, cwd, ready }: ServiceSpec) {
  const place = cwd === path ? {} : { cwd: relativeTo(path, cwd) }
  switch (source.kind) {
    case 'module':
      return { entry: relativeTo(path, source.entry), ...place }
    case 'command':
      return { command: source.argv, ready: describeReady(ready), ...place }
    case 'remote':
      return { url: source.url, ready: describeReady(ready) }
  }
}

function describeReady(ready: ReadySpec) {
  switch (ready.kind) {
    case 'listen':
    case 'none':
      return 'listen'
    case 'tcp':
      return { tcp: true }
    case 'http':
      return { http: ready.path }
    case 'exec':
      return { exec: ready.argv }
    case 'log':
      return { log: ready.pattern }
  }
}

function describeNode({ path, node }: ServiceSpec) {
  return {
    argv: node.argv,
    execArgv: node.execArgv,
    ...(node.nodeOptions === '' ? {} : { nodeOptions: node.nodeOptions }),
    preload: node.preload.map((module) => (isAbsolute(module) ? relativeTo(path, module) : module)),
    sourceMaps: node.sourceMaps,
  }
}

/** `net: false` cannot be said to every Node.js, and is the default. */
function describePermissions({ fs, net, ...switches }: PermissionsSpec, folder: string) {
  const places = (paths: readonly string[]): readonly string[] => paths.map((path) => (path === '*' ? path : relativeTo(folder, path)))
  return { fs: { read: places(fs.read), write: places(fs.write) }, ...(net ? { net } : {}), ...switches }
}

function describeWorkers({ workers, scaling }: ServiceSpec) {
  if (scaling === null) return workers
  return {
    min: scaling.min,
    max: scaling.max,
    targetELU: scaling.targetELU,
    tolerance: scaling.tolerance,
    stabilise: formatDuration(scaling.stabiliseMs),
    cooldown: formatDuration(scaling.cooldownMs),
  }
}

function describeRollout({ maxSurge, maxUnavailable, settleMs }: RolloutSpec) {
  return { maxSurge, maxUnavailable, settle: formatDuration(settleMs) }
}

function describeLimits(limits: LimitsSpec) {
  return {
    ...(limits.heapBytes === null ? {} : { heap: formatSize(limits.heapBytes) }),
    ...(limits.youngGenerationBytes === null ? {} : { youngGeneration: formatSize(limits.youngGenerationBytes) }),
    ...(limits.stackBytes === null ? {} : { stack: formatSize(limits.stackBytes) }),
    cpu: limits.cpu,
  }
}

function describeHealth(health: HealthSpec) {
  return {
    enabled: health.enabled,
    interval: formatDuration(health.intervalMs),
    gracePeriod: formatDuration(health.gracePeriodMs),
    maxUnhealthyChecks: health.maxUnhealthyChecks,
    maxELU: health.maxELU,
    maxHeapUsed: health.maxHeapUsed,
    blockedAfter: formatDuration(health.blockedAfterMs),
    maxEventLoopDelay: formatDuration(health.maxEventLoopDelayMs),
    maxResponseTime: formatDuration(health.maxResponseTimeMs),
    maxRSS: formatSize(health.maxRssBytes),
    check: health.check.kind === 'path' ? health.check.path : health.check.kind,
    checkTimeout: formatDuration(health.checkTimeoutMs),
  }
}

function describeRestart(restart: RestartSpec) {
  return {
    policy: restart.policy,
    delay: formatDuration(restart.delayMs),
    factor: restart.factor,
    maxDelay: formatDuration(restart.maxDelayMs),
    jitter: restart.jitter,
    maxAttempts: restart.maxAttempts,
    window: formatDuration(restart.windowMs),
    maxPerHour: restart.maxPerHour,
    startAttempts: restart.startAttempts,
    stableAfter: formatDuration(restart.stableAfterMs),
    probeAfter: formatDuration(restart.probeAfterMs),
  }
}

function relativeTo(folder: string, path: string): string {
  const way = relative(folder, path)
  if (way === '') return '.'
  return isAbsolute(way) || way.startsWith('.') ? way : `./${way}`
}
