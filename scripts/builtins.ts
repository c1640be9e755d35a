import { isBuiltin } from 'node:module'
import process from 'node:process'
import type { Plugin } from 'esbuild'

/**
 * Has bundles take Node's own modules by `process.getBuiltinModule()` instead of importing them. An import makes Node look at every export of the
 * module, and `node:http` has some (`WebSocket`, `CloseEvent`) whose getters load all of its built-in undici: a tenth of a second in each thread.
 */
export const builtins: Plugin = takingBuiltins(importedModule)

/**
 * The same, and what a command may never need is not loaded before one of its functions is called. Only for bundles in whose process no other code
 * runs: it could have put functions of its own in place by then.
 */
export const lateBuiltins: Plugin = takingBuiltins((path) => (LATE.has(path) ? lateModule(path) : importedModule(path)))

/** Take up to 8 ms to load, and are in the way of nearly every command: the parser of arguments could start processes, and makes none. */
const LATE: ReadonlySet<string> = new Set(['node:child_process', 'node:crypto', 'node:stream/consumers', 'node:timers/promises'])

function takingBuiltins(moduleOf: (path: string) => string): Plugin {
  return {
    name: 'builtins',
    setup(build) {
      build.onResolve({ filter: /./ }, ({ path, kind }) =>
        isBuiltin(path)
          ? { path, namespace: kind === 'require-call' ? 'builtin-required' : 'builtin-imported', sideEffects: false }
          : undefined,
      )
      build.onLoad({ filter: /./, namespace: 'builtin-required' }, ({ path }) => ({
        contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
      }))
      build.onLoad({ filter: /./, namespace: 'builtin-imported' }, ({ path }) => ({ contents: moduleOf(path) }))
    },
  }
}

/** A module with the same exports, of which what nobody imports is left out of the bundle. */
function importedModule(path: string): string {
  const names = exportsOf(path)
  const locals = names.map((name) => `const $${name} = /* @__PURE__ */ take(${JSON.stringify(name)})`)
  return [
    `const builtin = process.getBuiltinModule(${JSON.stringify(path)})`,
    'const take = (name) => builtin[name]',
    ...locals,
    `export { builtin as default${names.map((name) => `, $${name} as ${name}`).join('')} }`,
  ].join('\n')
}

/** Only what is a function and nothing else: whoever imports a class or a constant by its name gets an error from the bundler. */
function lateModule(path: string): string {
  const builtin: object = process.getBuiltinModule(path) ?? {}
  const names = exportsOf(path).filter((name) => /^[a-z]/.test(name) && isBareFunction(Reflect.get(builtin, name)))
  return [
    `const load = () => process.getBuiltinModule(${JSON.stringify(path)})`,
    ...names.map((name) => `const $${name} = (...args) => load().${name}(...args)`),
    `const late = /* @__PURE__ */ new Proxy({}, { get: (_, name) => load()[name] })`,
    `export { late as default${names.map((name) => `, $${name} as ${name}`).join('')} }`,
  ].join('\n')
}

/** `execFile`, for one, has a property by which `promisify()` knows it. */
function isBareFunction(value: unknown): boolean {
  return typeof value === 'function' && Reflect.ownKeys(value).every((key) => ['length', 'name', 'prototype'].includes(String(key)))
}

function exportsOf(path: string): readonly string[] {
  return Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => name !== 'default' && /^[A-Za-z_$][\w$]*$/.test(name))
}
