import type { ServiceBlock } from './schema.ts'
import { isolationOf } from './service-type.ts'
import { sourceKind } from './source-of.ts'
import { services, type Rule } from './subject.ts'

/** What can be said of a service that runs elsewhere. */
const OF_REMOTE = new Set(['url', 'type', 'ready', 'dependsOn', 'enabled', 'health', 'startTimeout', 'gracefulShutdown'])

/** What can be said of a module only. */
const OF_MODULE: readonly (keyof ServiceBlock)[] = [
  'isolation',
  'config',
  'permissions',
  'argv',
  'execArgv',
  'nodeOptions',
  'preload',
  'sourceMaps',
]

/** What must hold for that which is run. */
export const SOURCE_RULES: Readonly<Record<string, Rule>> = {
  'one-source': (subject) =>
    services(subject).flatMap(([id, service]) => {
      const named = (['entry', 'command', 'url'] as const).filter((key) => service[key] !== undefined)
      const [first, second] = named
      if (first === undefined || second === undefined) return []
      const message = `\`${id}\` cannot have both \`${first}\` and \`${second}\``
      return [{ message, path: ['services', id, second], at: 'key', hint: 'A service is a module, or a command, or an address.' }]
    }),

  'remote-keys': (subject) =>
    services(subject).flatMap(([id, service]) =>
      sourceKind(service) === 'remote'
        ? Object.keys(service)
            .filter(
              (key) => service[key as keyof ServiceBlock] !== undefined && !OF_REMOTE.has(key) && key !== 'entry' && key !== 'command',
            )
            .map((key) => ({
              message: `\`${key}\` says nothing about \`${id}\`, which runs elsewhere`,
              path: ['services', id, key],
              at: 'key' as const,
              hint: 'Remove it, or `url`.',
            }))
        : [],
    ),

  'command-keys': (subject) =>
    services(subject).flatMap(([id, service]) =>
      sourceKind(service) === 'command'
        ? OF_MODULE.filter((key) => service[key] !== undefined).map((key) => ({
            message: `\`${key}\` is for modules, and \`${id}\` is a command`,
            path: ['services', id, key],
            at: 'key' as const,
            hint: key === 'isolation' ? 'A command always has a process of its own.' : 'Give it what it needs by `env`.',
          }))
        : [],
    ),

  'command-limits': (subject) =>
    services(subject).flatMap(([id, service]) =>
      sourceKind(service) === 'command'
        ? (['youngGeneration', 'stack'] as const)
            .filter((key) => service.limits?.[key] !== undefined)
            .map((key) => ({
              message: `\`${key}\` is for Node.js, and \`${id}\` is a command`,
              path: ['services', id, 'limits', key],
              at: 'key' as const,
            }))
        : [],
    ),

  'ready-of-module': (subject) =>
    services(subject).flatMap(([id, service]) => {
      if (sourceKind(service) !== 'module' || service.ready === undefined || service.ready.kind === 'listen') return []
      const message = `\`ready\` is for a \`command\` or a \`url\`: a module is ready when its server could answer`
      return [{ message, path: ['services', id, 'ready'], hint: 'Remove it. A factory can wait for whatever it needs before it returns.' }]
    }),

  'ready-of-remote': (subject) =>
    services(subject).flatMap(([id, { url, ready }]) =>
      url !== undefined && (ready?.kind === 'exec' || ready?.kind === 'log')
        ? [
            {
              message: `\`${ready.kind}\` cannot tell when \`${id}\` is ready, which runs elsewhere`,
              path: ['services', id, 'ready'],
              hint: 'Use `http` or `tcp`.',
            },
          ]
        : [],
    ),

  'ready-without-server': (subject) =>
    services(subject).flatMap(([id, { type, ready }]) => {
      if ((type !== 'background' && type !== 'oneshot') || (ready?.kind !== 'http' && ready?.kind !== 'tcp')) return []
      const message = `\`${id}\` has no server that \`${ready.kind}\` could ask: its type is \`${type}\``
      return [{ message, path: ['services', id, 'ready'], hint: 'Use `exec` or `log`, or another `type`.' }]
    }),

  'remote-type': (subject) =>
    services(subject).flatMap(([id, { url, type }]) =>
      url !== undefined && (type === 'background' || type === 'oneshot')
        ? [
            {
              message: `\`${id}\` has an address, so its \`type\` is \`service\``,
              path: ['services', id, 'type'],
              hint: 'Leave `type` out.',
            },
          ]
        : [],
    ),

  'check-of-module': (subject) =>
    services(subject).flatMap(([id, service]) =>
      sourceKind(service) !== 'module' && service.health?.check === 'export'
        ? [
            {
              message: `\`${id}\` is not a module that could export \`health\``,
              path: ['services', id, 'health', 'check'],
              hint: 'Name a path that it answers.',
            },
          ]
        : [],
    ),

  'cwd-of-process': (subject) =>
    services(subject).flatMap(([id, service]) =>
      service.cwd !== undefined && sourceKind(service) === 'module' && isolationOf(service) !== 'process'
        ? [
            {
              message: `\`cwd\` is for processes: the threads of \`${id}\` share that of the runtime`,
              path: ['services', id, 'cwd'],
              hint: 'Add `isolation: process`.',
            },
          ]
        : [],
    ),

  'process-platform': (subject) =>
    subject.platform === 'win32'
      ? services(subject).flatMap(([id, service]) => {
          const isProcess = isolationOf(service) === 'process'
          if (!isProcess && service.command === undefined) return []
          const key = service.command === undefined ? (service.isolation === undefined ? 'permissions' : 'isolation') : 'command'
          return [
            {
              message: `\`${id}\` would need process groups, which Windows has not`,
              path: ['services', id, key],
              hint: 'Run it as a thread.',
            },
          ]
        })
      : [],

  'in-flight-of-module': (subject) =>
    services(subject).flatMap(([id, service]) =>
      sourceKind(service) !== 'module' && service.mesh?.maxInFlight !== undefined
        ? [
            {
              message: `\`maxInFlight\` cannot be held for \`${id}\`: only a module counts what it takes`,
              path: ['services', id, 'mesh', 'maxInFlight'],
            },
          ]
        : [],
    ),
}
