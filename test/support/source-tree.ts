import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { importsOf, type Import } from './imports.ts'

/** A source file with where it stands and what it imports. */
export interface SourceFile {
  /** Relative to the repository, with forward slashes: `src/pool/launcher.ts`. */
  readonly path: string
  /** `pool` for `src/pool/…`, `bin` for `bin/…`, `index` for a file directly in `src`. */
  readonly folder: string
  readonly text: string
  readonly imports: readonly ResolvedImport[]
}

export interface ResolvedImport extends Import {
  readonly target: Destination
}

type Destination =
  /** A file of the repository. */
  | { readonly kind: 'file'; readonly path: string }
  /** `zod`, `@scope/name`. */
  | { readonly kind: 'package'; readonly name: string }
  /** `node:fs`. */
  | { readonly kind: 'node'; readonly name: string }

/** Every source file under `src` and `bin`. */
export function readSourceTree(root: string): readonly SourceFile[] {
  return ['src', 'bin'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|mts|js|mjs)$/.test(name))
      .map((name) => sourceFile(root, join(folder, name), readFileSync(join(root, folder, name), 'utf8'))),
  )
}

export function sourceFile(root: string, path: string, text: string): SourceFile {
  const slashed = path.split(sep).join('/')
  return { path: slashed, folder: folderOf(slashed), text, imports: importsOf(text).map((found) => resolveImport(root, slashed, found)) }
}

export function folderOf(path: string): string {
  const [top = '', folder = '', ...rest] = path.split('/')
  if (top !== 'src') return top
  return rest.length === 0 ? 'index' : folder
}

function resolveImport(root: string, from: string, found: Import): ResolvedImport {
  const { specifier } = found
  if (specifier.startsWith('.')) {
    const path = relative(root, resolve(root, dirname(from), specifier))
    return { ...found, target: { kind: 'file', path: path.split(sep).join('/') } }
  }
  if (specifier.startsWith('node:')) return { ...found, target: { kind: 'node', name: specifier } }
  const [scope = '', name = ''] = specifier.split('/')
  return { ...found, target: { kind: 'package', name: scope.startsWith('@') ? `${scope}/${name}` : scope } }
}
