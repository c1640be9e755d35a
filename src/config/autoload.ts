import { resolve } from 'node:path'
import { isServiceId } from '../model/ids.ts'
import { DEFAULTS } from './defaults.ts'
import { isDoubtful, type Finding } from './finding.ts'
import { nodeAt, spanOf, type MapNode, type SourceNode } from './source-tree.ts'

/** What the file says of `autoload`. */
export interface AutoloadOrder {
  readonly path: string
  readonly exclude: readonly string[]
}

/** A folder that can be a service. */
export interface FoundFolder {
  readonly name: string
  /** Absolute. */
  readonly folder: string
  /** As it would be written in the runtime file. */
  readonly path: string
}

/** Null without `autoload`, and when what is written there is not valid: that is found by whoever checks the shape. */
export function readAutoload(root: SourceNode, doubtful: readonly Finding[]): AutoloadOrder | null {
  const node = nodeAt(root, ['autoload'])
  if (node === undefined || isDoubtful(['autoload', 'path'], doubtful)) return null
  if (node.kind !== 'map') return isEmpty(node) ? { path: DEFAULTS.autoload.path, exclude: [] } : null
  const path = node.entries.get('path')
  if (path !== undefined && (path.kind !== 'scalar' || typeof path.value !== 'string')) return null
  const exclude = node.entries.get('exclude')
  const names = exclude?.kind === 'list' ? exclude.items.map((item) => (item.kind === 'scalar' ? item.text : '')) : []
  return { path: path?.text ?? DEFAULTS.autoload.path, exclude: names }
}

/**
 * The tree with a service for each folder. What the file says of a service of that name stays; what is added stands, for whoever
 * points at it, where `autoload` is written.
 */
export function addFolders(root: SourceNode, folders: readonly FoundFolder[], options: { readonly root: string }): Autoloaded {
  const written = nodeAt(root, ['services'])
  if (root.kind !== 'map' || (written && written.kind !== 'map' && !isEmpty(written))) return { root, ids: new Set(), findings: [] }
  const span = spanOf(root, ['autoload', 'path'], 'value')
  const here = { span, keySpan: span }
  const services = new Map(written?.kind === 'map' ? written.entries : [])
  const taken = new Set(
    [...services.values()].map((service) => pathOf(service)).map((path) => path !== null && resolve(options.root, path)),
  )
  const ids = new Set<string>()
  const findings: Finding[] = []
  for (const { name, folder, path } of folders) {
    // A service of another name may have it.
    if (taken.has(folder)) continue
    const own = services.get(name)
    // It runs elsewhere, whatever is here.
    if (own?.kind === 'map' && own.entries.has('url')) continue
    const problem = problemOf(name, { own, path })
    if (problem) findings.push(problem)
    if (problem || (own && own.kind !== 'map' && !isEmpty(own))) continue
    const place: SourceNode = { kind: 'scalar', value: path, text: path, interpolated: false, ...here }
    const entries = new Map<string, SourceNode>([['path', place], ...(own?.kind === 'map' ? own.entries : [])])
    services.set(name, { ...here, ...(own ? { span: own.span, keySpan: own.keySpan } : {}), kind: 'map', entries })
    ids.add(name)
  }
  const grown: MapNode = { ...here, ...(written ? { span: written.span, keySpan: written.keySpan } : {}), kind: 'map', entries: services }
  return { root: { ...root, entries: new Map([...root.entries, ['services', grown]]) }, ids, findings }
}

export interface Autoloaded {
  readonly root: SourceNode
  /** Services whose folder was found. */
  readonly ids: ReadonlySet<string>
  readonly findings: readonly Finding[]
}

function problemOf(name: string, { own, path }: { readonly own: SourceNode | undefined; readonly path: string }): Finding | null {
  const place = { rule: 'autoload-name', path: ['autoload', 'path'] }
  if (!isServiceId(name)) {
    const message = `The folder ${path} cannot be a service: \`${name}\` cannot be its id`
    const hint = `Rename it (a lower-case letter, then lower-case letters, digits and dashes), or add it to \`autoload.exclude\`.`
    return { ...place, message, hint }
  }
  const other = own && pathOf(own)
  if (other === undefined || other === null) return null
  const message = `Two folders for the service \`${name}\`: ${other}, and ${path} by \`autoload\``
  return { ...place, message, path: ['services', name, 'path'], hint: `Add \`${name}\` to \`autoload.exclude\`, or remove \`path\`.` }
}

function pathOf(service: SourceNode): string | null {
  const path = service.kind === 'map' ? service.entries.get('path') : undefined
  return path?.kind === 'scalar' && typeof path.value === 'string' ? path.value : null
}

function isEmpty(node: SourceNode): boolean {
  return node.kind === 'scalar' && node.value === null
}
