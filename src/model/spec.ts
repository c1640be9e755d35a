import type { ServiceId } from './ids.ts'
import type { SmokeSpec } from './smoke.ts'

/** The runtime file after validation, with every default filled in and every path absolute. Frozen: nobody writes to it. */
export interface RuntimeSpec {
  readonly name: string
  /** Absolute path of the runtime file, symlinks resolved. */
  readonly file: string
  /** The folder of the runtime file; service paths are relative to it. */
  readonly root: string
  readonly mode: Mode
  readonly entrypoint: ServiceId | null
  readonly server: ServerSpec
  readonly mesh: MeshSpec
  /** Budget of a whole shutdown. */
  readonly shutdownMs: number
  /** A part of it in which everything still serves, so that whoever sends requests here can turn elsewhere first. */
  readonly preStopMs: number
  readonly logger: LoggerSpec
  readonly replacements: ReplacementSpec
  /** What `meshrt smoke` asks; empty = every service once. */
  readonly smoke: readonly SmokeSpec[]
  /** Enabled services only, in the order of the file. */
  readonly services: readonly ServiceSpec[]
}

/** `start` is production; `dev` is one worker per service with reload on change. */
export type Mode = 'start' | 'dev'

/** The address of the entrypoint; port 0 takes any free one. */
interface ServerSpec {
  readonly hostname: string
  readonly port: number
}

export interface MeshSpec {
  /** With its leading dot: `.plt.local`. */
  readonly domain: string
  /** How long, and how many, requests wait for a service that has no ready worker. */
  readonly hold: { readonly timeMs: number; readonly max: number }
  /** 0 = no limit. */
  readonly timeouts: { readonly headersMs: number; readonly bodyIdleMs: number }
  readonly selection: 'round-robin' | 'least-pending'
  /** A target whose oldest untaken request is older is passed over; 0 = never. */
  readonly stuckAfterMs: number
  /** Share of the requests, and how many per second in any case, that may be sent a second time. */
  readonly retry: { readonly budget: number; readonly minPerSecond: number }
  readonly circuit: CircuitLimits
  /** Requests that one worker handles at a time; 0 = no limit. A service's own limit is in its `ServiceSpec`. */
  readonly maxInFlight: number
  /** Whom a service must not call. */
  readonly deny: Readonly<Record<ServiceId, readonly ServiceId[]>>
  /** Bodies up to this size travel inside their frame, larger ones as a stream. */
  readonly streamThresholdBytes: number
}

interface CircuitLimits {
  /** Failures in a row after which a target gets no more requests for a while; 0 = never. */
  readonly failures: number
  readonly openForMs: number
  readonly maxOpenForMs: number
}

export interface LoggerSpec {
  readonly level: LogLevel
  readonly pretty: 'auto' | boolean
  /** Absolute path, or null for none. */
  readonly file: string | null
  readonly maxSizeBytes: number
  readonly keep: number
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

export interface ServiceSpec {
  readonly id: ServiceId
  /** Whether its folder is named in the runtime file or was found by `autoload`. */
  readonly foundBy: 'file' | 'autoload'
  /** Absolute folder of the service. */
  readonly path: string
  readonly source: ServiceSource
  /** Working directory of its processes. */
  readonly cwd: string
  readonly ready: ReadySpec
  /** How many it starts with. */
  readonly workers: number
  /** Null = the number changes only by hand. */
  readonly scaling: ScalingSpec | null
  readonly rollout: RolloutSpec
  readonly type: ServiceType
  readonly isolation: Isolation
  readonly node: NodeSpec
  /** Null = it may do everything. */
  readonly permissions: PermissionsSpec | null
  readonly listen: ListenMode
  readonly typescript: TypeScriptMode
  /** What it waits for before it starts. */
  readonly dependsOn: readonly Dependency[]
  /** Wins over the real environment. */
  readonly env: Scoped<Readonly<Record<string, string>>>
  /** Absolute paths; the real environment wins over what is in them. */
  readonly envFiles: Scoped<string | null>
  /** Handed to the service's factory as `context.config`. */
  readonly config: unknown
  readonly health: HealthSpec
  readonly restart: RestartSpec
  readonly onFailed: OnFailed
  /** 0 = no limit, for a oneshot that has none of its own: nobody knows how long a migration takes. */
  readonly startTimeoutMs: number
  /** The one deadline of a worker's stop: unroute, drain and exit. */
  readonly shutdownMs: number
  readonly limits: LimitsSpec
  readonly mesh: ServiceMeshSpec
  readonly watch: WatchSpec
  /** The command of its build step; null = there is none. */
  readonly build: string | null
}

/** What can be said for all services and for one; the service's wins. */
export interface Scoped<T> {
  readonly runtime: T
  readonly service: T
}

/** Workers of one service at most. */
export const MAX_WORKERS = 1024

/** How the number of workers follows the load. */
export interface ScalingSpec {
  readonly min: number
  readonly max: number
  /** Event-loop utilisation per worker that is aimed at, 0 to 1. */
  readonly targetELU: number
  /** Share of the target by which the mean may be off without a change. */
  readonly tolerance: number
  /** Workers are removed only when they were not needed for this long. */
  readonly stabiliseMs: number
  /** Between two changes. */
  readonly cooldownMs: number
}

/** How workers are replaced; never are both numbers 0. */
export interface RolloutSpec {
  /** Workers that may run on top of the usual number. */
  readonly maxSurge: number
  /** Workers that may be missing meanwhile. */
  readonly maxUnavailable: number
  /** A new worker has to live for this long before it gets requests. */
  readonly settleMs: number
}

/**
 * `service` has a server, `background` has none, `auto` is the one or the other and found out by whether it listens.
 * `oneshot` runs to its end.
 */
export type ServiceType = (typeof SERVICE_TYPES)[number]
export const SERVICE_TYPES = ['auto', 'service', 'background', 'oneshot'] as const

/** What runs: a module that meshrt loads, any program, or nothing here: the service is at an address. */
export type ServiceSource =
  /** Absolute path. */
  | { readonly kind: 'module'; readonly entry: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  | { readonly kind: 'remote'; readonly url: string }

/**
 * When a worker that is not a module is ready. `listen`: of a module, when its server could answer. `none`: at once. `tcp`: it accepts a connection.
 * `http`: it answers with 2xx or 3xx. `exec`: the program ends with 0. `log`: a line of its output matches.
 */
export type ReadySpec =
  | { readonly kind: 'listen' | 'none' | 'tcp' }
  | { readonly kind: 'http'; readonly path: string }
  | { readonly kind: 'exec'; readonly argv: readonly string[] }
  | { readonly kind: 'log'; readonly pattern: string }

/** A worker is a thread of the runtime's process, or a process of its own. */
export type Isolation = (typeof ISOLATIONS)[number]
export const ISOLATIONS = ['thread', 'process'] as const

/** How Node.js runs the workers of a service. */
export interface NodeSpec {
  readonly argv: readonly string[]
  readonly execArgv: readonly string[]
  /** Added to NODE_OPTIONS; empty = nothing. */
  readonly nodeOptions: string
  /** Absolute paths of files, and names of packages. */
  readonly preload: readonly string[]
  readonly sourceMaps: boolean
}

/** What a service may do; what is not here is denied. */
export interface PermissionsSpec {
  /** Absolute paths, with all that is in them; `*` is everything. */
  readonly fs: { readonly read: readonly string[]; readonly write: readonly string[] }
  readonly net: boolean
  readonly child: boolean
  readonly worker: boolean
  readonly addons: boolean
}

/** `passthrough`: the ports that the module asks for are really opened. */
export type ListenMode = (typeof LISTEN_MODES)[number]
export const LISTEN_MODES = ['capture', 'passthrough'] as const

/** `native` is Node's type stripping, `tsx` a compiler; `auto` tries the one, then the other. */
export type TypeScriptMode = 'auto' | 'native' | 'tsx'

/** An edge of the start order. */
export interface Dependency {
  readonly service: ServiceId
  readonly condition: StartCondition
}

/** `started`: its workers have been launched. `ready`: one of them serves. `completed`: all have ended with success. */
export type StartCondition = (typeof START_CONDITIONS)[number]
export const START_CONDITIONS = ['started', 'ready', 'completed'] as const

interface ServiceMeshSpec {
  /** Mesh requests that one worker handles at a time; 0 = no limit. */
  readonly maxInFlight: number
}

/** What the runtime does when every slot of a service is quarantined. */
type OnFailed = 'hold' | 'exit'

/** Workers that the health checks replace at a time. */
export interface ReplacementSpec {
  readonly perService: number
  readonly total: number
}

export interface HealthSpec {
  readonly enabled: boolean
  readonly intervalMs: number
  readonly gracePeriodMs: number
  readonly maxUnhealthyChecks: number
  /** Event-loop utilisation from 0 to 1; 0 turns this check off. */
  readonly maxELU: number
  /** Share of the heap limit from 0 to 1; 0 turns this check off. */
  readonly maxHeapUsed: number
  /** A worker that has not turned its loop for this long is killed. */
  readonly blockedAfterMs: number
  /** 0 turns this check off, as it does the next two. */
  readonly maxEventLoopDelayMs: number
  /** 99 of 100 requests are to be answered within this time. */
  readonly maxResponseTimeMs: number
  /** Of the process: all its threads share it. */
  readonly maxRssBytes: number
  readonly check: CheckSpec
  readonly checkTimeoutMs: number
}

/** The service's own check: a path to ask for, or its module's function `health`. */
export type CheckSpec = { readonly kind: 'none' } | { readonly kind: 'export' } | { readonly kind: 'path'; readonly path: string }

export interface RestartSpec {
  readonly policy: RestartPolicy
  readonly delayMs: number
  readonly factor: number
  readonly maxDelayMs: number
  /** Share of the delay that chance may add or take away, 0 to 1. */
  readonly jitter: number
  /** Crashes within `windowMs` that a slot survives. */
  readonly maxAttempts: number
  readonly windowMs: number
  /** Crashes within an hour that a slot survives. */
  readonly maxPerHour: number
  /** Starts that may fail in a row. */
  readonly startAttempts: number
  /** A worker that was ready for this long resets the delay. */
  readonly stableAfterMs: number
  /** A quarantined slot tries one worker after this long; 0 = never. */
  readonly probeAfterMs: number
}

export type RestartPolicy = 'always' | 'on-failure' | 'never'

/** Null = Node's own default. */
export interface LimitsSpec {
  /** Heap and Buffers together. */
  readonly heapBytes: number | null
  readonly youngGenerationBytes: number | null
  readonly stackBytes: number | null
  /** Cores; 0 = no limit. */
  readonly cpu: number
}

export interface WatchSpec {
  readonly enabled: boolean
  /** Absolute files and folders. */
  readonly paths: readonly string[]
  /** Names or paths (absolute or relative to the service) to leave out. */
  readonly ignore: readonly string[]
}

export function findService(spec: RuntimeSpec, id: string): ServiceSpec | undefined {
  return spec.services.find((service) => service.id === id)
}
