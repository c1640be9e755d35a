import { registerHooks } from 'node:module'
import { isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { importModule } from './module.ts'

/**
 * Loads modules one after the other: files by their absolute path, packages as a module in `folder` would find them.
 * @throws whatever loading one of them throws
 */
export async function preload(modules: readonly string[], folder: string): Promise<void> {
  for (const name of modules) await (isAbsolute(name) ? importModule(name) : importPackage(name, folder))
}

/** `import()` looks from the file it is written in; the hook has it look from `folder`, by the rules of ES modules. */
async function importPackage(name: string, folder: string): Promise<void> {
  const parentURL = pathToFileURL(join(folder, 'preload')).href
  const hooks = registerHooks({
    resolve: (specifier, context, nextResolve) =>
      nextResolve(specifier, specifier === name && context.parentURL === import.meta.url ? { ...context, parentURL } : context),
  })
  try {
    await import(name)
  } finally {
    hooks.deregister()
  }
}
