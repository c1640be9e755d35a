import type { ReloadEffect } from '../model/reload.ts'

/**
 * What a change of each key asks for. A key stands for all below it, unless one of those is named itself. What the runtime says for all
 * services is here under the keys of a service.
 */
export const RUNTIME_EFFECTS: Readonly<Record<string, ReloadEffect>> = {
  // The control socket, its lock and `--name` carry it.
  name: 'restart',
  // The sockets have been made for that service, and belong to its slots.
  entrypoint: 'restart',
  server: 'restart',
  mesh: 'roll',
  // Services call each other by these names: in the midst of a roll neither the old nor the new ones would do.
  'mesh.domain': 'restart',
  // The routes are the runtime's own.
  'mesh.deny': 'live',
  gracefulShutdown: 'live',
  replacements: 'live',
  smoke: 'live',
  // The process has opened its log before there were services.
  logger: 'restart',
  env: 'roll',
  envFile: 'roll',
}

export const SERVICE_EFFECTS: Readonly<Record<string, ReloadEffect>> = {
  path: 'roll',
  entry: 'roll',
  command: 'roll',
  url: 'roll',
  ready: 'roll',
  cwd: 'roll',
  type: 'roll',
  isolation: 'roll',
  argv: 'roll',
  execArgv: 'roll',
  nodeOptions: 'roll',
  preload: 'roll',
  sourceMaps: 'roll',
  listen: 'roll',
  typescript: 'roll',
  env: 'roll',
  envFile: 'roll',
  config: 'roll',
  permissions: 'roll',
  limits: 'roll',
  mesh: 'roll',
  workers: 'scale',
  // Those of the autoscaler are looked up whenever it decides.
  'workers.targetELU': 'live',
  'workers.tolerance': 'live',
  'workers.stabilise': 'live',
  'workers.cooldown': 'live',
  health: 'live',
  // A worker out of rotation would stay there when nobody judges it any more.
  'health.enabled': 'roll',
  // The worker is told at its birth what it will be asked.
  'health.check': 'roll',
  restart: 'live',
  rollout: 'live',
  onFailed: 'live',
  startTimeout: 'live',
  gracefulShutdown: 'live',
  dependsOn: 'live',
  build: 'live',
  watch: 'live',
}

/** Keys that are in no spec: they say which services there are, or what other keys are. */
export const KEYS_BEHIND_THE_SPEC: readonly string[] = ['services', 'autoload', 'enabled', 'dev']

/** Of the longest part of the key that is known. @throws RangeError for a key that nobody has thought of */
export function effectOf(key: string, effects: Readonly<Record<string, ReloadEffect>>): ReloadEffect {
  for (let known = key; known !== ''; known = known.slice(0, Math.max(0, known.lastIndexOf('.')))) {
    const effect = Object.hasOwn(effects, known) ? effects[known] : undefined
    if (effect !== undefined) return effect
  }
  throw new RangeError(`Nobody has said what a change of ${key} asks for`)
}
