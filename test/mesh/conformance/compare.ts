import type { Outcome } from './protocol.ts'

/** Something that was not the same over both transports. */
export interface Difference {
  /** Where: `seen.0.error.code`, `seen.0.headers.etag`, `server.request aborted`. */
  readonly path: string
  readonly tcp: unknown
  readonly mesh: unknown
}

export function differencesBetween(tcp: Outcome, mesh: Outcome): readonly Difference[] {
  const left = flatten(tcp)
  const right = flatten(mesh)
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((path) => JSON.stringify(left.get(path)) !== JSON.stringify(right.get(path)))
    .map((path) => ({ path, tcp: left.get(path), mesh: right.get(path) }))
}

function flatten(outcome: Outcome): ReadonlyMap<string, unknown> {
  const leaves = new Map<string, unknown>()
  for (const [line, times] of countOf(outcome.server)) leaves.set(`server.${line}`, times)
  for (const [i, { headers, trailers, body, error, ...rest }] of outcome.seen.entries()) {
    const add = (group: string, entries: Iterable<readonly [string, unknown]>) => {
      for (const [name, value] of entries) leaves.set(`seen.${i}.${group}${name}`, value)
    }
    add('', Object.entries(rest))
    add('headers.', valuesByName(headers ?? []))
    if (trailers !== undefined) leaves.set(`seen.${i}.trailers`, trailers)
    add('body.', Object.entries(body ?? {}))
    add('error.', Object.entries(error ?? {}))
  }
  return leaves
}

function valuesByName(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>()
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value])
  return values
}

function countOf(lines: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}
