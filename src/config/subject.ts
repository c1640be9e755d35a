import type { Mode, StartCondition } from '../model/spec.ts'
import type { Finding, Path } from './finding.ts'
import type { RefusedOptions } from './refused-options.ts'
import type { RuntimeFile, ServiceBlock } from './schema.ts'

/** What the rules look at. */
export interface Subject {
  readonly file: RuntimeFile
  readonly mode: Mode
  /** All services that are named, also those whose block is not valid. */
  readonly ids: readonly string[]
  /** What `auto` means. */
  readonly parallelism: number
  /** Whether this Node.js can tell the CPU time of a worker thread. */
  readonly measuresWorkerCpu: boolean
  readonly platform: NodeJS.Platform
  /** Whether this Node.js can keep a service from the network. */
  readonly canDenyNet: boolean
  /** What this Node.js does not do for a worker thread. */
  readonly refusedOptions: RefusedOptions
}

export type Rule = (subject: Subject) => readonly Omit<Finding, 'rule'>[]

export function isEnabled(service: ServiceBlock | undefined, mode: Mode): boolean {
  return service?.enabled?.[mode] ?? true
}

export function services({ file, mode }: Subject): readonly (readonly [string, ServiceBlock])[] {
  return Object.entries(file.services ?? {}).flatMap(([id, service]) =>
    service && isEnabled(service, mode) ? [[id, service] as const] : [],
  )
}

export interface WrittenEdge {
  readonly id: string
  readonly to: string
  /** Null = the default. */
  readonly condition: StartCondition | null
  readonly path: Path
  /** What to point at if it is the name that is wrong. */
  readonly at: 'key' | 'value'
}

/** Of enabled services: what is switched off waits for nobody. */
export function dependencies(subject: Subject): readonly WrittenEdge[] {
  return services(subject).flatMap(([id, { dependsOn }]) =>
    Object.entries(dependsOn ?? {}).map(([to, { condition, index }]) => ({
      id,
      to,
      condition,
      path: ['services', id, 'dependsOn', index ?? to],
      at: index === null ? 'key' : 'value',
    })),
  )
}
