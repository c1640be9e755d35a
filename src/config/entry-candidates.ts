/** Where the module of a service may be, relative to its folder, the likeliest first. */
export function entryCandidates(manifest: unknown): readonly string[] {
  const fromManifest = isRecord(manifest) ? [...exportTargets(manifest['exports']), ...mainTargets(manifest['main'])] : []
  return [...new Set([...fromManifest, ...CONVENTIONAL])]
}

const EXTENSIONS = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs']
const CONVENTIONAL = ['src/index', 'index', 'server', 'app'].flatMap((stem) => EXTENSIONS.map((extension) => `${stem}.${extension}`))
/** What applies when Node imports the package. */
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'default'])
const MAX_DEPTH = 10

/** The target of "." in package.json's `exports`; `require` counts when there is no other. */
function exportTargets(exports: unknown): readonly string[] {
  const main = isRecord(exports) && Object.keys(exports).some((name) => name.startsWith('.')) ? exports['.'] : exports
  const target = pick(main, CONDITIONS, 0) ?? pick(main, new Set([...CONDITIONS, 'require']), 0)
  return target === null ? [] : [tidy(target)]
}

/** The first target whose conditions all apply, in the order of the file, as Node picks it. */
function pick(target: unknown, conditions: ReadonlySet<string>, depth: number): string | null {
  if (typeof target === 'string') return isInside(target) ? target : null
  if (depth > MAX_DEPTH || typeof target !== 'object' || target === null) return null
  const options = Array.isArray(target) ? target : Object.entries(target).flatMap(([name, value]) => (conditions.has(name) ? [value] : []))
  for (const option of options) {
    const found = pick(option, conditions, depth + 1)
    if (found !== null) return found
  }
  return null
}

/** `main` may leave out the extension or name a folder. */
function mainTargets(main: unknown): readonly string[] {
  if (typeof main !== 'string' || !isInside(main)) return []
  const path = tidy(main)
  const stem = path === '' ? 'index' : path
  return path === '' ? ['index.js'] : [stem, `${stem}.js`, `${stem}.cjs`, `${stem}.mjs`, `${stem}/index.js`]
}

function isInside(target: string): boolean {
  return target !== '' && !target.includes('\0') && !target.startsWith('/') && !target.split('/').includes('..')
}

function tidy(target: string): string {
  return target
    .replace(/^(?:\.\/+)+/, '')
    .replace(/^\.$/, '')
    .replace(/\/+$/, '')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
