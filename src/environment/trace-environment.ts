import type { WorkerId } from '../model/ids.ts'
import type { Mode, Scoped } from '../model/spec.ts'

export type Variables = Readonly<Record<string, string>>

/** Everything that the environment of a service's workers is made of. */
export interface EnvironmentSources {
  /** `env` of the runtime file. */
  readonly configured: Scoped<Variables>
  /** The runtime's own environment. */
  readonly real: NodeJS.ProcessEnv
  /** What the environment files say. */
  readonly files: Scoped<Variables>
  readonly mode: Mode
  /** Added to NODE_OPTIONS, whatever that is; empty = nothing. */
  readonly nodeOptions: string
  /** Who the process is: not for anybody to set. */
  readonly identity: Variables
}

/** The strongest first. */
type Origin = 'identity' | 'nodeOptions' | 'service env' | 'runtime env' | 'environment' | 'service envFile' | 'runtime envFile' | 'default'

export interface TracedVariable {
  readonly name: string
  readonly value: string
  readonly origin: Origin
  /** What it won over, the strongest first. */
  readonly overrides: readonly { readonly origin: Origin; readonly value: string }[]
}

/** The one place that knows who wins: identity > `env` (service, runtime) > the real environment > files (service, runtime) > defaults. */
export function traceEnvironment(sources: EnvironmentSources): readonly TracedVariable[] {
  const { identity, configured, real, files, mode, nodeOptions } = sources
  const layers: readonly (readonly [Origin, NodeJS.ProcessEnv])[] = [
    ['identity', identity],
    ['service env', configured.service],
    ['runtime env', configured.runtime],
    ['environment', real],
    ['service envFile', files.service],
    ['runtime envFile', files.runtime],
    ['default', mode === 'start' ? { NODE_ENV: 'production' } : {}],
  ]
  const byName = new Map<string, { origin: Origin; value: string }[]>()
  for (const [origin, variables] of layers) {
    for (const [name, value] of Object.entries(variables)) {
      if (value === undefined) continue
      const said = byName.get(name)
      if (said) said.push({ origin, value })
      else byName.set(name, [{ origin, value }])
    }
  }
  if (nodeOptions !== '') {
    const said = byName.get('NODE_OPTIONS') ?? []
    const value = [said[0]?.value, nodeOptions].filter(Boolean).join(' ')
    byName.set('NODE_OPTIONS', [{ origin: 'nodeOptions', value }, ...said])
  }
  return [...byName].flatMap(([name, [winner, ...overrides]]) => (winner ? [{ name, ...winner, overrides }] : []))
}

/** What `process.env` of a worker is. */
export function mergeEnvironment(sources: EnvironmentSources): Record<string, string> {
  return Object.fromEntries(traceEnvironment(sources).map(({ name, value }) => [name, value]))
}

export function identityOf(worker: WorkerId, mode: Mode): Variables {
  return {
    MESHRT_SERVICE: worker.service,
    MESHRT_SLOT: String(worker.slot),
    MESHRT_GENERATION: String(worker.generation),
    MESHRT_MODE: mode,
  }
}
