import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TypeScriptMode } from '../model/spec.ts'

/**
 * How a service's TypeScript is run: by Node's own type stripping, or compiled by tsx. Which of the two it needs shows when it is loaded,
 * unless the runtime file says it.
 */

/** Syntax that cannot be stripped: nothing of the module has run. */
const SURELY: ReadonlySet<unknown> = new Set(['ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', 'ERR_INVALID_TYPESCRIPT_SYNTAX'])

/** Path aliases, imports without an extension or with that of the compiled file, JSX. Or simply something that is not there. */
const PERHAPS: ReadonlySet<unknown> = new Set([
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
  'ERR_PACKAGE_IMPORT_NOT_DEFINED',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_UNKNOWN_FILE_EXTENSION',
])

const TYPESCRIPT = /\.[cm]?tsx?$/

/** Whether it is worth a second attempt with the compiler, and whether later workers can do without the first. */
export type CompilerNeed = 'sure' | 'perhaps' | 'none'

export function compilerNeed(error: unknown, { mode, entry }: { readonly mode: TypeScriptMode; readonly entry: string }): CompilerNeed {
  if (mode !== 'auto') return 'none'
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown }
  if (SURELY.has(code)) return 'sure'
  if (!TYPESCRIPT.test(entry)) return 'none'
  // Decorators are no types, and an import of what is only a type is left standing.
  return name === 'SyntaxError' || PERHAPS.has(code) ? 'perhaps' : 'none'
}

export interface CompilerSettings {
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export const NO_COMPILER: CompilerSettings = { execArgv: [], env: {} }

/** By itself tsx would look for the tsconfig (decorators, path aliases) in the folder of the process, which is the runtime's. */
export function compilerSettings(entry: string): CompilerSettings {
  const config = nearestConfig(dirname(entry))
  return { execArgv: ['--import', import.meta.resolve('tsx')], env: config === null ? {} : { TSX_TSCONFIG_PATH: config } }
}

function nearestConfig(folder: string): string | null {
  const file = join(folder, 'tsconfig.json')
  if (existsSync(file)) return file
  const parent = dirname(folder)
  return parent === folder ? null : nearestConfig(parent)
}
