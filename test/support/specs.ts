import { serviceId } from '../../src/model/ids.ts'
import type { RuntimeSpec, ServiceSpec } from '../../src/model/spec.ts'
import { restartSpec } from '../supervision/specs.ts'

/** A service spec with the defaults of the runtime file, for tests that do not read one. */
export function serviceSpec(overrides: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    id: serviceId('auth'),
    foundBy: 'file',
    path: '/nowhere/auth',
    source: { kind: 'module', entry: '/nowhere/auth/index.js' },
    cwd: '/nowhere/auth',
    ready: { kind: 'listen' },
    type: 'auto',
    isolation: 'thread',
    node: { argv: [], execArgv: [], nodeOptions: '', preload: [], sourceMaps: false },
    permissions: null,
    listen: 'capture',
    typescript: 'auto',
    workers: 1,
    scaling: null,
    rollout: { maxSurge: 1, maxUnavailable: 0, settleMs: 0 },
    dependsOn: [],
    env: { runtime: {}, service: {} },
    envFiles: { runtime: null, service: null },
    config: {},
    health: {
      enabled: true,
      intervalMs: 5000,
      gracePeriodMs: 30_000,
      maxUnhealthyChecks: 3,
      maxELU: 0.98,
      maxHeapUsed: 0.95,
      blockedAfterMs: 15_000,
      maxEventLoopDelayMs: 0,
      maxResponseTimeMs: 0,
      maxRssBytes: 0,
      check: { kind: 'none' },
      checkTimeoutMs: 1000,
    },
    restart: restartSpec({ jitter: 0 }),
    onFailed: 'hold',
    startTimeoutMs: 30_000,
    shutdownMs: 10_000,
    limits: { heapBytes: null, youngGenerationBytes: null, stackBytes: null, cpu: 0 },
    mesh: { maxInFlight: 0 },
    watch: { enabled: false, paths: [], ignore: [] },
    build: null,
    ...overrides,
  }
}

export function runtimeSpec(services: readonly ServiceSpec[], overrides: Partial<RuntimeSpec> = {}): RuntimeSpec {
  return {
    name: 'test',
    file: '/nowhere/meshrt.yaml',
    root: '/nowhere',
    mode: 'start',
    entrypoint: null,
    server: { hostname: '127.0.0.1', port: 0 },
    mesh: {
      domain: '.plt.local',
      hold: { timeMs: 5000, max: 1000 },
      timeouts: { headersMs: 30_000, bodyIdleMs: 0 },
      selection: 'round-robin',
      stuckAfterMs: 250,
      retry: { budget: 0.2, minPerSecond: 10 },
      circuit: { failures: 5, openForMs: 1000, maxOpenForMs: 30_000 },
      maxInFlight: 0,
      deny: {},
      streamThresholdBytes: 32_768,
    },
    shutdownMs: 8000,
    replacements: { perService: 1, total: 2 },
    preStopMs: 0,
    logger: { level: 'info', pretty: 'auto', file: null, maxSizeBytes: 10_485_760, keep: 5 },
    smoke: [],
    services,
    ...overrides,
  }
}
