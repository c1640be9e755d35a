import type { ServiceSpec } from '../model/spec.ts'
import { describeSpec } from './describe-spec.ts'
import { formatPath, type Path, type Span } from './finding.ts'
import type { LoadedSource } from './load-spec.ts'
import { Lines } from './locate.ts'
import { nodeAt, type SourceNode } from './source-tree.ts'

/** Where a value of the spec comes from. Lines and columns as editors count them. */
export type Origin =
  | { readonly kind: 'file'; readonly line: number; readonly column: number }
  /** The file names environment variables there, or in what was left out of it. */
  | { readonly kind: 'variable'; readonly names: readonly string[]; readonly line: number; readonly column: number }
  | { readonly kind: 'autoload'; readonly line: number; readonly column: number }
  /** What `dev` does whatever the file says. */
  | { readonly kind: 'dev' }
  | { readonly kind: 'default' }

export interface TracedValue {
  /** `services.auth.limits.heap` */
  readonly key: string
  /** As the file would write it, secrets hidden. */
  readonly value: unknown
  readonly origin: Origin
}

/** Every value of the spec, in the order of `meshrt config`, with its origin. */
export function traceOrigins(source: LoadedSource): readonly TracedValue[] {
  const lines = new Lines(source.text)
  return leavesOf(describeSpec(source.spec, { secrets: 'hidden' }), []).map(({ path, value }) => ({
    key: formatPath(path),
    value,
    origin: originOf(path, { ...source, lines }),
  }))
}

interface Leaf {
  readonly path: Path
  readonly value: unknown
}

function leavesOf(value: unknown, path: Path): readonly Leaf[] {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  const entries = isMap ? Object.entries(value) : []
  return entries.length === 0 ? [{ path, value }] : entries.flatMap(([name, inner]) => leavesOf(inner, [...path, name]))
}

type Sources = LoadedSource & { readonly lines: Lines }

function originOf(path: Path, sources: Sources): Origin {
  const { spec, root, lines, text } = sources
  const [top, id, ...key] = path
  const service = top === 'services' ? spec.services.find((one) => one.id === id) : undefined
  if (service && spec.mode === 'dev' && key[0] === 'workers') return { kind: 'dev' }
  const node = writtenAt(root, path) ?? (service && isInherited(service, key) ? writtenAt(root, key) : undefined)
  if (!node) return { kind: 'default' }
  const { line, column } = lines.at(node.span)
  if (service?.foundBy === 'autoload' && formatPath(key) === 'path') return { kind: 'autoload', line, column }
  const names = variablesIn(node, text)
  return names.length > 0 ? { kind: 'variable', names, line, column } : { kind: 'file', line, column }
}

/** The node that says the value: its own, or the one that says it in short (`workers: 3`, `dependsOn: [db]`). */
function writtenAt(root: SourceNode, path: Path): SourceNode | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length))
    if (!node) continue
    if (node.kind === 'scalar' && node.value === null && length < path.length) return undefined
    return length === path.length || node.kind !== 'map' ? node : undefined
  }
  return undefined
}

/** What the runtime says of these is not meant for what runs to its end. */
const NOT_FOR_ONESHOTS: ReadonlySet<string> = new Set(['workers', 'startTimeout', 'restart.probeAfter', 'restart.policy'])

function isInherited({ type }: ServiceSpec, key: Path): boolean {
  return type !== 'oneshot' || !(NOT_FOR_ONESHOTS.has(formatPath(key)) || NOT_FOR_ONESHOTS.has(String(key[0])))
}

const REFERENCE = /(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)/g

/** As they are written: a scalar no longer knows them. */
function variablesIn(node: SourceNode, text: string): readonly string[] {
  switch (node.kind) {
    case 'scalar':
      return node.interpolated ? namesIn(text, node.span) : []
    case 'list':
      return [...new Set(node.items.flatMap((item) => variablesIn(item, text)))]
    case 'map':
      return [...new Set([...node.entries.values()].flatMap((inner) => variablesIn(inner, text)))]
  }
}

function namesIn(text: string, { start, end }: Span): readonly string[] {
  return [...new Set([...text.slice(start, end).matchAll(REFERENCE)].map(([, name = '']) => name))]
}
