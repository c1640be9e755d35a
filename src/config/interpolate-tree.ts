import type { Finding, Path, Span } from './finding.ts'
import { interpolate, type Fault, type Lookup } from './interpolate.ts'
import type { ScalarNode, SourceNode } from './source-tree.ts'

/** The tree with every reference to a variable replaced, and all the references that have no value. */
export function interpolateTree(root: SourceNode, options: { readonly text: string; readonly lookup: Lookup }): InterpolatedTree {
  const findings: Finding[] = []
  const visit = (node: SourceNode, path: Path): SourceNode => {
    switch (node.kind) {
      case 'scalar': {
        if (typeof node.value !== 'string') return node
        const result = interpolate(node.value, options.lookup)
        if (!result.touched) return node
        findings.push(...faultFindings(node, result.faults, { path, text: options.text }))
        return { ...node, value: result.text, text: result.text, interpolated: true }
      }
      case 'list':
        return { ...node, items: node.items.map((item, index) => visit(item, [...path, index])) }
      case 'map':
        return { ...node, entries: new Map([...node.entries].map(([name, value]) => [name, visit(value, [...path, name])])) }
    }
  }
  return { root: visit(root, []), findings }
}

export interface InterpolatedTree {
  readonly root: SourceNode
  readonly findings: readonly Finding[]
}

/** Each reference is looked for in the source of its scalar; escapes in a quoted scalar can hide it, then the scalar is pointed at. */
function faultFindings(
  node: ScalarNode,
  faults: readonly Fault[],
  options: { readonly path: Path; readonly text: string },
): readonly Finding[] {
  let from = node.span.start
  return faults.map((fault) => {
    const start = options.text.indexOf(fault.reference, from)
    const found = start !== -1 && start < node.span.end
    if (found) from = start + fault.reference.length
    const span: Span = found ? { start, end: from } : node.span
    return { rule: 'missing-variable', message: fault.message, path: options.path, span, hint: fault.hint }
  })
}
