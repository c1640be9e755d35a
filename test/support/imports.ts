/** One import as it stands in a source file. */
export interface Import {
  readonly specifier: string
  readonly kind: 'static' | 'type' | 'dynamic' | 're-export'
}

/** `import … from 'x'`, `export … from 'x'`, over several lines too. The clause holds no quotes, so it cannot run past its own. */
const FROM = /^[ \t]*(import|export)\b([^'"]*?)\bfrom\s*(['"])([^'"\n]+)\3/gm
const SIDE_EFFECT = /^[ \t]*import\s*(['"])([^'"\n]+)\1/gm
/** `import('x')`, awaited or as a type, and the ways around it. */
const CALLED = /\b(?:import|require|import\.meta\.resolve)\s*\(\s*(['"`])([^'"`\n]+)\1/g
/** A list at the end hands on what was imported above, or scatters exports; neither is wanted. */
const EXPORT_LIST = /^export\s+(?:type\s+)?\{[^}]*\}(?!\s*from)/gm

/** Every import of a TypeScript or JavaScript source. What stands in a comment counts too: wrong once in a while, never blind. */
export function importsOf(source: string): readonly Import[] {
  const found: Import[] = []
  for (const [, keyword, clause = '', , specifier = ''] of source.matchAll(FROM)) {
    if (keyword === 'export') found.push({ specifier, kind: 're-export' })
    else found.push({ specifier, kind: isTypeOnly(clause) ? 'type' : 'static' })
  }
  for (const [, , specifier = ''] of source.matchAll(SIDE_EFFECT)) found.push({ specifier, kind: 'static' })
  for (const [, , specifier = ''] of source.matchAll(CALLED)) found.push({ specifier, kind: 'dynamic' })
  return found
}

/** `export { a }` without a `from`. */
export function exportListsOf(source: string): readonly string[] {
  return [...source.matchAll(EXPORT_LIST)].map(([text]) => text)
}

/** `import type { A }` and `import { type A }` leave nothing behind when the types are stripped. */
function isTypeOnly(clause: string): boolean {
  if (/^\s+type\s+[^,]/.test(clause)) return true
  const names = /^\s*\{([^}]*)\}\s*$/
    .exec(clause)?.[1]
    ?.split(',')
    .filter((name) => name.trim() !== '')
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name))
}
