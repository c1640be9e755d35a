import type { Span } from './finding.ts'

/** The document as values that know where they are written. */
export type SourceNode = ScalarNode | ListNode | MapNode

interface Placed {
  readonly span: Span
  /** Of the key it is the value of; null in a list and at the top. */
  readonly keySpan: Span | null
}

export interface ScalarNode extends Placed {
  readonly kind: 'scalar'
  readonly value: Scalar
  /** As it is written, so that `1.10` stays `1.10` where text is wanted. */
  readonly text: string
  /** Its text came from a variable: it may be a number or a boolean where one is wanted. */
  readonly interpolated: boolean
}

interface ListNode extends Placed {
  readonly kind: 'list'
  readonly items: readonly SourceNode[]
}

export interface MapNode extends Placed {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, SourceNode>
}

export type Scalar = string | number | boolean | null

/** The node at a path, or undefined when the document has none there. */
export function nodeAt(root: SourceNode, path: readonly (string | number)[]): SourceNode | undefined {
  let node: SourceNode | undefined = root
  for (const part of path) {
    if (node?.kind === 'map') node = node.entries.get(String(part))
    else if (node?.kind === 'list') node = node.items[Number(part)]
    else return undefined
  }
  return node
}

/** The place to point at for a path: its own, or the nearest that exists above it. */
export function spanOf(root: SourceNode, path: readonly (string | number)[], at: 'key' | 'value'): Span {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length))
    if (!node) continue
    const wantsKey = at === 'key' || length < path.length || node.kind !== 'scalar' || node.span.end === node.span.start
    return (wantsKey ? node.keySpan : null) ?? node.span
  }
  return { start: root.span.start, end: root.span.start }
}
