import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** The namespace of the entry; of a CommonJS module it has `module.exports`, which Node 22 does not show. */
export async function importModule(entry: string): Promise<object> {
  const namespace = (await import(pathToFileURL(entry).href)) as { readonly default?: unknown }
  if ('module.exports' in namespace) return namespace
  const { cache } = createRequire(import.meta.url)
  const commonJs = cache[realpathSync(entry)]
  return commonJs && commonJs.exports === namespace.default ? { ...namespace, 'module.exports': namespace.default } : namespace
}
