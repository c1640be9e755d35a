import type { Path } from './finding.ts'
import { OVERRIDABLE_KEYS } from './keys/service-keys.ts'
import type { MapNode, SourceNode } from './source-tree.ts'

/** The tree with `dev` of each service laid over its other keys. What comes from there keeps its place in the text. */
export function overlayDev(root: SourceNode): SourceNode {
  const services = root.kind === 'map' ? root.entries.get('services') : undefined
  if (root.kind !== 'map' || services?.kind !== 'map') return root
  const overlaid = { ...services, entries: new Map([...services.entries].map(([id, node]) => [id, overlayService(node)])) }
  return { ...root, entries: new Map([...root.entries, ['services', overlaid]]) }
}

/** A place that only `meshrt dev` looks at. */
export function isForDev(path: Path): boolean {
  return path[0] === 'services' && path[2] === 'dev'
}

function overlayService(node: SourceNode): SourceNode {
  const dev = node.kind === 'map' ? node.entries.get('dev') : undefined
  if (node.kind !== 'map' || dev?.kind !== 'map') return node
  const known = [...dev.entries].filter(([name]) => Object.hasOwn(OVERRIDABLE_KEYS, name))
  return overlay(node, { ...dev, entries: new Map(known) })
}

/** Maps are merged key by key at any depth; anything else takes the place of what was there. */
function overlay(base: MapNode, over: MapNode): MapNode {
  const entries = new Map(base.entries)
  for (const [name, node] of over.entries) {
    const below = entries.get(name)
    if (below?.kind === 'map' && node.kind === 'map') entries.set(name, overlay(below, node))
    // A map with nothing in it, as when all its keys are commented out.
    else if (below?.kind === 'map' && node.kind === 'scalar' && node.value === null) continue
    else entries.set(name, node)
  }
  return { ...base, entries }
}
