import { DEFAULTS } from './defaults.ts'
import { restartPolicyOf, canBeEntrypoint, canServe, entrypointOf, typeOf } from './service-type.ts'
import { dependencies, isEnabled, services, type Rule } from './subject.ts'
import { formatDuration } from './units.ts'

/** What must hold for services to start and to end. */
export const LIFECYCLE_RULES: Readonly<Record<string, Rule>> = {
  'dependency-condition': (subject) =>
    dependencies(subject).flatMap(({ id, to, condition, path }) => {
      const target = subject.file.services?.[to]
      if (to === id || target === undefined) return []
      const isOneshot = typeOf(target) === 'oneshot'
      if (isOneshot && condition === 'ready') {
        return [{ message: `\`${to}\` is a oneshot and never ready`, path, hint: '`completed` waits until it has succeeded.' }]
      }
      if (isOneshot || condition !== 'completed' || restartPolicyOf(subject.file, target) !== 'always') return []
      const message = `\`${to}\` never completes: it is started again whenever it ends`
      return [{ message, path, hint: `Wait for \`ready\`, or give \`${to}\` the \`type: oneshot\`.` }]
    }),

  'entrypoint-type': ({ file }) => {
    const service = file.entrypoint === undefined ? undefined : file.services?.[file.entrypoint]
    if (service === undefined || canBeEntrypoint(service)) return []
    if (canServe(service)) {
      const message = `The entrypoint \`${file.entrypoint}\` must be a module: the runtime's sockets cannot be lent to ${service.url === undefined ? 'a command' : 'an address'}`
      return [{ message, path: ['entrypoint'], hint: 'Name a module that passes requests on, or `none`.' }]
    }
    const message = `The entrypoint \`${file.entrypoint}\` has no server: its type is \`${typeOf(service)}\``
    return [{ message, path: ['entrypoint'], hint: 'Name a service that has one, or `none`.' }]
  },

  'entrypoint-listens': ({ file, ids, mode }) => {
    const id = entrypointOf(
      file,
      ids.filter((one) => isEnabled(file.services?.[one], mode)),
    )
    if (id === null || file.services?.[id]?.listen !== 'passthrough') return []
    const message = `The entrypoint \`${id}\` cannot have a port of its own: it listens on \`server\``
    return [{ message, path: ['services', id, 'listen'], hint: 'Leave `listen` out, and give `server.port` the port.' }]
  },

  'oneshot-workers': (subject) =>
    services(subject).flatMap(([id, service]) => {
      const { min = 1, max = min } = service.workers ?? {}
      if (typeOf(service) !== 'oneshot' || (min === 1 && max === 1)) return []
      return [{ message: `The oneshot \`${id}\` must have 1 worker`, path: ['services', id, 'workers'], hint: 'Leave `workers` out.' }]
    }),

  'oneshot-restart': (subject) =>
    services(subject).flatMap(([id, service]) => {
      if (typeOf(service) !== 'oneshot' || service.restart?.policy !== 'always') return []
      const message = `The oneshot \`${id}\` would run again and again`
      return [{ message, path: ['services', id, 'restart', 'policy'], hint: 'Use `on-failure` or `never`, or another `type`.' }]
    }),

  'pre-stop': ({ file }) => {
    const { runtime = DEFAULTS.shutdown.runtime, preStop = DEFAULTS.shutdown.preStop } = file.gracefulShutdown ?? {}
    if (preStop === 0 || preStop < runtime) return []
    const message = `\`preStop\` (${formatDuration(preStop)}) leaves nothing of \`runtime\` (${formatDuration(runtime)}), of which it is a part`
    const key = file.gracefulShutdown?.preStop === undefined ? 'runtime' : 'preStop'
    return [{ message, path: ['gracefulShutdown', key], hint: 'Raise `runtime`, or shorten `preStop`.' }]
  },
}
