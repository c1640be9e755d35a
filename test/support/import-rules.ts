import { folderOf, type ResolvedImport, type SourceFile } from './source-tree.ts'

/** Folder → the other folders of `src` that it may import. What is not listed may import nothing. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  bin: ['cli', 'worker', 'guardian'],
  cli: ['config', 'control', 'runtime', 'guardian', 'environment', 'log', 'errors', 'model'],
  runtime: ['pool', 'ingress', 'mesh', 'health', 'watch', 'control', 'log', 'metrics', 'supervision', 'itc', 'errors', 'model'],
  guardian: ['supervision', 'errors', 'model'],
  pool: ['supervision', 'itc', 'environment', 'errors', 'model'],
  worker: ['itc', 'mesh', 'log', 'errors', 'model'],
  ...Object.fromEntries(
    ['ingress', 'mesh', 'health', 'watch', 'control', 'config', 'environment', 'supervision', 'itc', 'log', 'metrics'].map((folder) => [
      folder,
      ['errors', 'model'],
    ]),
  ),
  errors: ['model'],
  model: [],
}

/** Package → its home folders: where it can be replaced. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  chokidar: ['watch'],
  commander: ['cli'],
  denque: ['runtime'],
  'fastest-levenshtein': ['errors'],
  pino: ['log'],
  'pino-pretty': ['log'],
  'rotating-file-stream': ['log'],
  'prom-client': ['metrics'],
  srvx: ['worker'],
  tsx: ['worker', 'pool'],
  yaml: ['config'],
  zod: ['config', 'control'],
}

/** The commands that boot a runtime; nothing else of the CLI loads it. */
const RUNTIME_COMMANDS = /^src\/cli\/(?:commands\/)?(?:start|dev|smoke|boot|foreground|running)[^/]*\.ts$/

/** The sentence to show for an import that is not allowed, or null. */
export function violationOf(file: SourceFile, found: ResolvedImport): string | null {
  const target = found.target
  const say = (why: string): string => `${file.path} imports ${found.specifier} (${found.kind}): ${why}`
  if (target.kind === 'package') {
    const homes = HOMES[target.name] ?? []
    return homes.includes(file.folder) ? null : say(`the home of ${target.name} is ${homes.join(', ') || 'nowhere'}`)
  }
  if (target.kind === 'node') return isNodeAllowed(file, found) ? null : say(`${file.folder} uses no module of Node`)
  const folder = folderOf(target.path)
  if (file.folder === 'index' || folder === file.folder) return null
  if (!(MAY_IMPORT[file.folder] ?? []).includes(folder)) return say(`${file.folder} may not import ${folder}`)
  const isHeavy = file.folder === 'cli' && folder === 'runtime' && found.kind !== 'type'
  return isHeavy && !RUNTIME_COMMANDS.test(file.path) ? say('only the commands that boot a runtime load it') : null
}

/** Folder → folders it imports, as the tree really is. */
export function folderGraph(files: readonly SourceFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const graph = new Map<string, Set<string>>()
  for (const file of files) {
    const targets = graph.get(file.folder) ?? new Set()
    for (const { target } of file.imports) {
      if (target.kind === 'file' && folderOf(target.path) !== file.folder) targets.add(folderOf(target.path))
    }
    graph.set(file.folder, targets)
  }
  return graph
}

/** The first cycle found, as the folders on it, or null. */
export function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | null {
  const done = new Set<string>()
  const visit = (folder: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(folder)) return [...path.slice(path.indexOf(folder)), folder]
    if (done.has(folder)) return null
    for (const next of graph.get(folder) ?? []) {
      const cycle = visit(next, [...path, folder])
      if (cycle) return cycle
    }
    done.add(folder)
    return null
  }
  for (const folder of graph.keys()) {
    const cycle = visit(folder, [])
    if (cycle) return cycle
  }
  return null
}

/** Packages that loading this file loads: static value imports, followed through the tree. */
export function packagesLoadedBy(files: readonly SourceFile[], entry: string): ReadonlySet<string> {
  const loaded = filesLoadedBy(files, entry)
  const imports = files.filter((file) => loaded.has(file.path)).flatMap((file) => file.imports.filter(isLoaded))
  return new Set(imports.flatMap(({ target }) => (target.kind === 'package' ? [target.name] : [])))
}

/** Files of the tree that loading this one loads, itself included. */
export function filesLoadedBy(files: readonly SourceFile[], entry: string): ReadonlySet<string> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const found of byPath.get(path)?.imports ?? []) if (isLoaded(found) && found.target.kind === 'file') visit(found.target.path)
  }
  visit(entry)
  return seen
}

function isLoaded({ kind }: ResolvedImport): boolean {
  return kind === 'static' || kind === 're-export'
}

/** `supervision` is pure throughout; `model` may name Node's types, which costs nothing. */
function isNodeAllowed(file: SourceFile, found: ResolvedImport): boolean {
  if (file.folder === 'supervision') return false
  return file.folder !== 'model' || found.kind === 'type'
}
