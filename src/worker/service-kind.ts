import { inspect } from 'node:util'
import type { ServiceContext } from './service-context.ts'
import { isWebServer, type WebServer } from './web-server.ts'

/** What a module offers as its service. */
export type Offer =
  | { readonly kind: 'factory'; readonly name: string; readonly create: (context: ServiceContext) => unknown }
  | { readonly kind: 'value'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'nothing' }

/** What a value is, as far as hosting goes. */
export type App =
  | { readonly kind: 'fastify'; readonly app: FastifyApp }
  | { readonly kind: 'nest'; readonly app: NestApp }
  | { readonly kind: 'server'; readonly server: WebServer }
  | { readonly kind: 'fetch'; readonly app: FetchApp }
  | { readonly kind: 'listener'; readonly listener: Listener }

export type Listener = (request: object, response: object) => unknown

export interface FetchApp {
  fetch(request: Request): Response | Promise<Response>
}

/** The members that hosting uses; no framework is a dependency of meshrt. */
export interface FastifyApp {
  readonly server: WebServer
  ready(): Promise<unknown>
  listen(options: { host: string; port: number }): Promise<string>
  close(): Promise<unknown>
}

export interface NestApp {
  init(): Promise<unknown>
  getHttpServer(): unknown
  close(): Promise<unknown>
}

type Module = Readonly<Record<string, unknown>>

/** Named exports `create` and `build` are factories; a default export is one if it is a function that is neither an app nor a handler. */
export function findOffer(namespace: object): Offer {
  const exports = exportsOf(namespace)
  for (const name of ['create', 'build']) {
    const create = exports[name]
    if (typeof create === 'function') return { kind: 'factory', name, create: create as (context: ServiceContext) => unknown }
  }
  const value = exports['default']
  if (value === undefined || value === null) return { kind: 'nothing' }
  if (isFactory(value)) return { kind: 'factory', name: 'default', create: value }
  return { kind: 'value', name: 'default', value }
}

/** The module's own function for its end: `stop`, or else `close`. */
export function findStopHook(namespace: object): (() => unknown) | null {
  const exports = exportsOf(namespace)
  const hook = exports['stop'] ?? exports['close']
  return typeof hook === 'function' ? () => hook.call(exports) as unknown : null
}

/** The module's own function that says how it is. */
export function findHealthHook(namespace: object): (() => unknown) | null {
  const exports = exportsOf(namespace)
  const hook = exports['health']
  return typeof hook === 'function' ? () => hook.call(exports) as unknown : null
}

export function classifyApp(value: unknown): App | null {
  if (isWebServer(value)) return { kind: 'server', server: value }
  if (isObject(value)) {
    if (hasMethods(value, ['ready', 'listen', 'inject', 'register']) && isWebServer(value['server'])) {
      return { kind: 'fastify', app: value as unknown as FastifyApp }
    }
    if (hasMethods(value, ['init', 'getHttpServer', 'getHttpAdapter', 'close'])) return { kind: 'nest', app: value as unknown as NestApp }
    // Before `fetch`, so that an Express or Koa application with a method of that name stays what it is.
    if (hasMethods(value, ['callback', 'use', 'createContext'])) {
      return { kind: 'listener', listener: (value as unknown as { callback(): Listener }).callback() }
    }
    if (isConnectApp(value)) return { kind: 'listener', listener: value as unknown as Listener }
    if (hasMethods(value, ['fetch'])) return { kind: 'fetch', app: value as unknown as FetchApp }
  }
  return typeof value === 'function' ? { kind: 'listener', listener: value as Listener } : null
}

/** For messages: `the number 42`, `an object with the keys a, b`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`
  if (typeof value === 'object') {
    const keys = Object.keys(value)
    return keys.length === 0 ? 'an object without keys' : `an object with the keys ${keys.slice(0, 8).join(', ')}`
  }
  return `the ${typeof value} ${inspect(value, { maxStringLength: 40 })}`
}

/**
 * A CommonJS module's exports are its `module.exports`, which `import()` shows as default. A plain object of exports is looked into;
 * anything else (an app, a function) is the default export.
 */
function exportsOf(namespace: object): Module {
  const module = namespace as Module
  if (!('module.exports' in module)) return module
  const exports = module['module.exports']
  if (!isObject(exports) || typeof exports === 'function') return { default: exports }
  if ('__esModule' in exports || 'create' in exports || 'build' in exports) return exports
  if (classifyApp(exports)) return { default: exports }
  return Object.getPrototypeOf(exports) === Object.prototype ? exports : { default: exports }
}

/** A handler takes two arguments, a factory none or one. */
function isFactory(value: unknown): value is (context: ServiceContext) => unknown {
  if (typeof value !== 'function' || isConnectApp(value) || 'fetch' in value) return false
  return value.length < 2
}

function isConnectApp(value: object): boolean {
  return typeof value === 'function' && hasMethods(value as unknown as Module, ['handle', 'use'])
}

function isObject(value: unknown): value is Module {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function hasMethods(value: Module, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'function')
}
