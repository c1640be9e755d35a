import { isBuiltin } from 'node:module'
import process from 'node:process'
import type { Plugin } from 'esbuild'

/**
 * Has bundles take Node's own modules by `process.getBuiltinModule()` instead of importing them. An import makes Node look at every export of the
 * module, and `node:http` has some (`WebSocket`, `CloseEvent`) whose getters load all of its built-in undici: a tenth of a second in each thread.
 */
export const builtins: Plugin = {
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
    build.onLoad({ filter: /./, namespace: 'builtin-imported' }, ({ path }) => ({ contents: importedModule(path) }))
  },
}

/** A module with the same exports, of which what nobody imports is left out of the bundle. */
function importedModule(path: string): string {
  const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => name !== 'default' && /^[A-Za-z_$][\w$]*$/.test(name))
  const locals = names.map((name) => `const $${name} = /* @__PURE__ */ take(${JSON.stringify(name)})`)
  return [
    `const builtin = process.getBuiltinModule(${JSON.stringify(path)})`,
    'const take = (name) => builtin[name]',
    ...locals,
    `export { builtin as default${names.map((name) => `, $${name} as ${name}`).join('')} }`,
  ].join('\n')
}
