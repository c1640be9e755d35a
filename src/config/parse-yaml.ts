import { isAlias, isMap, isScalar, isSeq, parseDocument, type Node, type Pair, type YAMLMap } from 'yaml'
import type { Finding, Span } from './finding.ts'
import type { MapNode, Scalar, SourceNode } from './source-tree.ts'

/** The tree of a YAML text, or what is wrong with it. Merge keys (`<<`) and aliases are expanded; their values keep the place of the anchor. */
export function parseYaml(text: string): ParsedYaml {
  // uniqueKeys compares every key with every other one; the grower below does it with a map.
  const document = parseDocument(text, { schema: 'core', prettyErrors: false, uniqueKeys: false, merge: false, logLevel: 'error' })
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) return { root: null, findings: syntaxFindings(text, faults) }
  // `---` alone, or comments alone, is a null that nobody wrote.
  if (!document.contents || document.contents.range?.[0] === document.contents.range?.[1]) return { root: null, findings: [] }
  const grower = new Grower()
  const root = grower.grow(document.contents, null, 0)
  return grower.findings.length > 0 ? { root: null, findings: grower.findings } : { root, findings: [] }
}

export interface ParsedYaml {
  /** Null when the text is empty or not usable. */
  readonly root: SourceNode | null
  readonly findings: readonly Finding[]
}

const MAX_MESSAGE = 200
const MAX_DEPTH = 64
/** Aliases can multiply a small text into a huge tree. */
const MAX_NODES = 50_000
const CORE_TAG = /^(?:tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)|!)$/

interface YamlFault {
  readonly code: string
  readonly message: string
  readonly pos: readonly [number, number]
}

/** One per line: what follows on the same line is a consequence of the first. */
function syntaxFindings(text: string, faults: readonly YamlFault[]): readonly Finding[] {
  const findings: Finding[] = []
  // What is missing at the end is shown at the last thing that is there.
  const textEnd = Math.max(0, text.trimEnd().length - 1)
  let lineEnd = -1
  for (const fault of faults.toSorted((a, b) => a.pos[0] - b.pos[0])) {
    const start = Math.min(fault.pos[0], textEnd)
    const end = Math.max(fault.pos[1], start)
    if (start <= lineEnd) continue
    const next = text.indexOf('\n', start)
    lineEnd = next === -1 ? text.length : next
    const hint = syntaxHint(fault.code, text.slice(text.lastIndexOf('\n', start - 1) + 1, lineEnd))
    findings.push({
      rule: 'yaml-syntax',
      message: fault.message.slice(0, MAX_MESSAGE).replace(/(closing ["'])quote/, '$1'),
      path: [],
      span: { start, end },
      ...(hint ? { hint } : {}),
    })
  }
  return findings
}

function syntaxHint(code: string, line: string): string | undefined {
  if (code === 'TAB_AS_INDENT') return 'Indent with spaces.'
  if (code === 'MULTIPLE_DOCS') return 'A runtime file is one YAML document: remove the line of dashes.'
  if (code === 'TAG_RESOLVE_FAILED') return 'Tags other than those of plain YAML are not supported.'
  if (line.includes('${')) return 'Inside { } and [ ] a reference needs quotes: "${NAME}".'
  return undefined
}

/** Turns yaml's nodes into ours, once, with limits on what aliases may do. */
class Grower {
  readonly findings: Finding[] = []
  readonly #anchors = new Map<string, Node>()
  readonly #open = new Set<Node>()
  #nodes = 0

  grow(node: Node | null, keySpan: Span | null, depth: number): SourceNode {
    const span = spanOfNode(node, keySpan)
    const empty = { kind: 'scalar', value: null, text: '', interpolated: false, span, keySpan } as const
    if (node === null) return empty
    const refusal = this.#refuse(node, depth)
    if (refusal) {
      // One is enough: the limits would otherwise be reported for every further node.
      if (this.findings.length === 0) this.findings.push({ rule: 'yaml-structure', path: [], span, ...refusal })
      return empty
    }
    if (isAlias(node)) return this.#follow(node.source, { span, keySpan, depth })
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    if (isScalar(node)) {
      const value = node.value as Scalar
      return { ...empty, value, text: typeof value === 'string' ? value : (node.source ?? '') }
    }
    this.#open.add(node)
    const grown: SourceNode = isSeq(node)
      ? { kind: 'list', span, keySpan, items: node.items.map((item) => this.grow(item as Node | null, null, depth + 1)) }
      : { kind: 'map', span, keySpan, entries: this.#growEntries(isMap(node) ? node : null, depth) }
    this.#open.delete(node)
    return grown
  }

  #refuse(node: Node, depth: number): Pick<Finding, 'message' | 'hint'> | null {
    if (++this.#nodes > MAX_NODES) return { message: `The document has more than ${MAX_NODES} values, aliases included` }
    if (depth > MAX_DEPTH) return { message: `The document is nested deeper than ${MAX_DEPTH} levels` }
    if (this.#open.has(node)) return { message: 'An anchor contains an alias to itself' }
    if (node.tag !== undefined && !CORE_TAG.test(node.tag)) {
      return { message: `The tag ${node.tag} is not supported`, hint: 'Tags other than those of plain YAML are not supported.' }
    }
    return null
  }

  #follow(name: string, place: { readonly span: Span; readonly keySpan: Span | null; readonly depth: number }): SourceNode {
    const target = this.#anchors.get(name)
    if (target) return this.grow(target, place.keySpan, place.depth)
    this.findings.push({
      rule: 'yaml-structure',
      message: `No anchor &${name} above this alias`,
      path: [],
      span: place.span,
      hint: `Quote the value if it is meant to start with an asterisk: "*${name}".`,
    })
    return { kind: 'scalar', value: null, text: '', interpolated: false, span: place.span, keySpan: place.keySpan }
  }

  #growEntries(map: YAMLMap | null, depth: number): ReadonlyMap<string, SourceNode> {
    const entries = new Map<string, SourceNode>()
    const merged: SourceNode[] = []
    for (const pair of (map?.items ?? []) as Pair<Node, Node | null>[]) {
      const key = this.#readKey(pair.key, entries)
      if (!key) continue
      const value = this.grow(pair.value, key.span, depth + 1)
      if (key.merges) merged.push(value)
      else entries.set(key.name, value)
    }
    for (const value of merged) this.#merge(entries, value)
    return entries
  }

  #readKey(node: Node | null, entries: ReadonlyMap<string, SourceNode>): { name: string; merges: boolean; span: Span } | null {
    const span = spanOfNode(node, null)
    const name = isScalar(node) && node.value !== null ? (node.source ?? null) : null
    if (name === null || name === '__proto__') {
      this.findings.push({ rule: 'yaml-structure', message: `${name ?? 'A key that is not text'} cannot be a key`, path: [], span })
      return null
    }
    if (node?.anchor !== undefined) this.#anchors.set(node.anchor, node)
    if (entries.has(name)) this.findings.push({ rule: 'duplicate-key', message: `\`${name}\` is given twice`, path: [], span })
    return { name, merges: name === '<<' && isScalar(node) && node.type === 'PLAIN', span }
  }

  /** Keys that are written out win over merged ones, and earlier merges over later ones. */
  #merge(entries: Map<string, SourceNode>, value: SourceNode): void {
    if (this.findings.length > 0) return
    const sources = value.kind === 'list' ? value.items : [value]
    for (const source of sources) {
      if (source.kind !== 'map') {
        this.findings.push({
          rule: 'yaml-structure',
          message: '`<<` must be an alias to a map, or a list of them',
          path: [],
          span: value.span,
        })
        return
      }
      addMissing(entries, source)
    }
  }
}

function addMissing(entries: Map<string, SourceNode>, source: MapNode): void {
  for (const [name, node] of source.entries) if (!entries.has(name)) entries.set(name, node)
}

function spanOfNode(node: Node | null, keySpan: Span | null): Span {
  const range = node?.range
  if (range) return { start: range[0], end: Math.max(range[1], range[0]) }
  return keySpan ? { start: keySpan.end, end: keySpan.end } : { start: 0, end: 0 }
}
