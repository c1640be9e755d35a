import { isServiceId } from '../model/ids.ts'
import { DEFAULTS } from './defaults.ts'
import { findCycles } from './dependency-cycles.ts'
import type { Finding, Path } from './finding.ts'
import { given } from './given.ts'
import { LIFECYCLE_RULES } from './lifecycle-rules.ts'
import { NODE_RULES } from './node-rules.ts'
import { PERMISSION_RULES } from './permission-rules.ts'
import { isolationOf } from './service-type.ts'
import { sourceKind } from './source-of.ts'
import { SMOKE_RULES } from './smoke-rules.ts'
import { SOURCE_RULES } from './source-rules.ts'
import type { RuntimeFile } from './schema.ts'
import { rolloutOf } from './service-type.ts'
import { dependencies, isEnabled, services, type Rule, type Subject } from './subject.ts'
import { formatDuration, formatSize } from './units.ts'
import { workerRange } from './worker-range.ts'
import { guessName } from '../errors/guess-name.ts'

/** What a schema cannot say: what must hold between keys. */
export function applyRules(subject: Subject): readonly Finding[] {
  if (subject.ids.length > MAX_SERVICES) {
    return [{ rule: 'service-count', message: `More than ${MAX_SERVICES} services`, path: ['services'], at: 'key' }]
  }
  const all = { ...RULES, ...LIFECYCLE_RULES, ...NODE_RULES, ...PERMISSION_RULES, ...SMOKE_RULES, ...SOURCE_RULES }
  return Object.entries(all).flatMap(([rule, check]) => check(subject).map((finding) => Object.assign({ rule }, finding)))
}

export const NO_ENTRYPOINT = 'none'
const MAX_SERVICES = 1000

const RULES: Readonly<Record<string, Rule>> = {
  'services-given': ({ ids }) =>
    ids.length > 0
      ? []
      : [{ message: 'No services', path: ['services'], at: 'key', hint: 'Name at least one: services: { web: { path: ./web } }' }],

  'service-enabled': ({ file, ids, mode }) =>
    ids.length === 0 || ids.some((id) => isEnabled(file.services?.[id], mode))
      ? []
      : [{ message: `No service is enabled in \`${mode}\``, path: ['services'], at: 'key', hint: 'Remove `enabled` from at least one.' }],

  'service-id': ({ ids }) =>
    ids
      .filter((id) => !isServiceId(id))
      .map((id) => ({
        message: `\`${id}\` cannot be the id of a service`,
        path: ['services', id],
        at: 'key',
        hint: 'It becomes a host name: a lower-case letter, then up to 62 lower-case letters, digits and dashes.',
      })),

  'service-path': (subject) =>
    services(subject).flatMap(([id, service]) =>
      service.path === undefined && sourceKind(service) === 'module'
        ? [{ message: `The service \`${id}\` has no \`path\``, path: ['services', id, 'path'], hint: `Name its folder: path: ./${id}` }]
        : [],
    ),

  'entrypoint-known': ({ file, ids, mode }) => {
    const entrypoint = file.entrypoint
    if (entrypoint === undefined) return []
    if (ids.includes(entrypoint)) {
      if (isEnabled(file.services?.[entrypoint], mode)) return []
      const hint = 'Enable it, or name another.'
      return [{ message: `The entrypoint \`${entrypoint}\` is not enabled in \`${mode}\``, path: ['entrypoint'], hint }]
    }
    if (entrypoint === NO_ENTRYPOINT) return []
    return [{ message: `The entrypoint \`${entrypoint}\` is not a service`, path: ['entrypoint'], hint: hintForService(entrypoint, ids) }]
  },

  'dependency-known': (subject) =>
    dependencies(subject).flatMap(({ id, to, path, at }) => {
      if (to === id) return [{ message: `\`${id}\` depends on itself`, path, at, hint: 'Remove it from the list.' }]
      if (!subject.ids.includes(to)) return unknownService(to, { ids: subject.ids, path, at })
      if (isEnabled(subject.file.services?.[to], subject.mode)) return []
      const hint = `Enable \`${to}\` as well, or remove the dependency.`
      return [{ message: `\`${to}\` is not enabled in \`${subject.mode}\``, path, at, hint }]
    }),

  'dependency-cycle': (subject) => {
    const edges = new Map<string, string[]>()
    const written = dependencies(subject)
    for (const { id, to } of written) edges.set(id, [...(edges.get(id) ?? []), to])
    return findCycles(edges).flatMap(({ from, to, trail }) => {
      const message = `A cycle of dependencies: ${trail.join(' → ')}`
      const hint = 'Each would wait for the other. Services may call each other without `dependsOn`.'
      return written.filter((edge) => edge.id === from && edge.to === to).map(({ path, at }) => ({ message, path, at, hint }))
    })
  },

  'restart-delays': ({ file }) =>
    everywhere(file, 'restart').flatMap(({ own, inherited, path }) => {
      const { delay, maxDelay } = { ...DEFAULTS.restart, ...given(inherited), ...given(own) }
      if (delay <= maxDelay || (own?.delay === undefined && own?.maxDelay === undefined)) return []
      const message = `\`delay\` (${formatDuration(delay)}) is longer than \`maxDelay\` (${formatDuration(maxDelay)})`
      return [{ message, path: [...path, own.delay === undefined ? 'maxDelay' : 'delay'], hint: 'Raise `maxDelay`, or shorten `delay`.' }]
    }),

  'worker-range': ({ file, parallelism }) =>
    everywhere(file, 'workers').flatMap(({ own, inherited, path }) => {
      const { min, max } = workerRange({ inherited, own, parallelism })
      if (min <= max || (own?.min === undefined && own?.max === undefined)) return []
      const message = `\`min\` (${min}) is larger than \`max\` (${max})`
      return [{ message, path: [...path, own.max === undefined ? 'min' : 'max'], hint: 'Raise `max`, or lower `min`.' }]
    }),

  'rollout-possible': ({ file }) =>
    everywhere(file, 'rollout').flatMap(({ own, path, service }) => {
      const { maxSurge, maxUnavailable } = rolloutOf(file, service)
      if (maxSurge > 0 || maxUnavailable > 0 || (own?.maxSurge === undefined && own?.maxUnavailable === undefined)) return []
      const message = '`maxSurge` and `maxUnavailable` are both 0: no worker could ever be replaced'
      const key = own.maxSurge === undefined ? 'maxUnavailable' : 'maxSurge'
      return [{ message, path: [...path, key], hint: 'Raise one of them.' }]
    }),

  'circuit-times': ({ file }) => {
    const { openFor, maxOpenFor } = { ...DEFAULTS.circuit, ...given(file.mesh?.circuit) }
    if (openFor <= maxOpenFor) return []
    const message = `\`openFor\` (${formatDuration(openFor)}) is longer than \`maxOpenFor\` (${formatDuration(maxOpenFor)})`
    const key = file.mesh?.circuit?.openFor === undefined ? 'maxOpenFor' : 'openFor'
    return [{ message, path: ['mesh', 'circuit', key], hint: 'Raise `maxOpenFor`, or shorten `openFor`.' }]
  },

  // A service that is switched off in this mode may be named: the rule waits for it.
  'denied-known': ({ file, ids }) =>
    Object.entries(file.mesh?.deny ?? {}).flatMap(([caller, callees]) => [
      ...unknownService(caller, { ids, path: ['mesh', 'deny', caller], at: 'key' }),
      ...callees.flatMap((callee, index) => unknownService(callee, { ids, path: ['mesh', 'deny', caller, index], at: 'value' })),
    ]),

  'heap-sizes': (subject) =>
    services(subject).flatMap(([id, { limits }]) => {
      const { heap, youngGeneration } = limits ?? {}
      if (heap === undefined || youngGeneration === undefined || youngGeneration < heap) return []
      const message = `\`youngGeneration\` (${formatSize(youngGeneration)}) must be smaller than \`heap\` (${formatSize(heap)}), of which it is a part`
      return [{ message, path: ['services', id, 'limits', 'youngGeneration'] }]
    }),

  'cpu-limit': (subject) =>
    services(subject).flatMap(([id, service]) => {
      if ((service.limits?.cpu ?? 0) === 0) return []
      const path = ['services', id, 'limits', 'cpu']
      if (sourceKind(service) === 'command' || isolationOf(service) === 'process') {
        if (subject.platform === 'linux') return []
        return [{ message: '`cpu` cannot be held: the CPU time of a process can be told on Linux only', path, hint: 'Remove it.' }]
      }
      if (subject.measuresWorkerCpu) return []
      const message = `\`cpu\` cannot be held: Node.js ${process.version} does not measure the CPU time of a worker`
      return [{ message, path, hint: 'Remove it, or use Node.js 24.6 or later.' }]
    }),

  'variable-name': (subject) =>
    [
      { env: subject.file.env, path: ['env'] },
      ...services(subject).map(([id, { env }]) => ({ env, path: ['services', id, 'env'] })),
    ].flatMap(({ env, path }) =>
      Object.keys(env ?? {})
        .filter((name) => name === '' || /[=\0]/.test(name))
        .map((name) => ({ message: `${JSON.stringify(name)} cannot be the name of a variable`, path: [...path, name], at: 'key' })),
    ),
}

/** A block of the runtime and of each service, with what the latter inherit. */
function everywhere<K extends 'restart' | 'rollout' | 'workers'>(file: RuntimeFile, name: K) {
  const own = file[name]
  const ofServices = Object.entries(file.services ?? {}).map(([id, service]) => ({
    own: service?.[name],
    inherited: own,
    service,
    path: ['services', id, name] as Path,
  }))
  return [{ own, inherited: undefined, service: undefined, path: [name] as Path }, ...ofServices]
}

function unknownService(
  name: string,
  { ids, path, at }: { readonly ids: readonly string[]; readonly path: Path; readonly at: 'key' | 'value' },
): readonly Omit<Finding, 'rule'>[] {
  return ids.includes(name) ? [] : [{ message: `\`${name}\` is not a service`, path, at, hint: hintForService(name, ids) }]
}

function hintForService(name: string, ids: readonly string[]): string {
  const guess = guessName(name, ids)
  if (guess !== null) return `Did you mean \`${guess}\`?`
  return `The services are: ${ids.slice(0, 20).join(', ')}.`
}
