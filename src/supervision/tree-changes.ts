import { REDACTED, isSecretName, redactTree, redactUrls } from '../model/redact.ts'

/** A value that differs between two trees of plain values. */
export interface TreeChange {
  readonly path: readonly string[]
  readonly before: unknown
  readonly after: unknown
}

/** Where two trees differ, as deep as both are maps; lists and everything else are compared, and shown, as a whole. */
export function treeChanges(before: unknown, after: unknown, path: readonly string[] = []): readonly TreeChange[] {
  if (isMap(before) && isMap(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return names.flatMap((name) => treeChanges(own(before, name), own(after, name), [...path, name]))
  }
  return isSame(before, after) ? [] : [{ path, before, after }]
}

/** Below these keys the names are those of the application, and may say that something is secret. */
const OWN_NAMES: ReadonlySet<string | undefined> = new Set(['env', 'config'])

/** As it may be shown. */
export function withoutSecrets({ path, before, after }: TreeChange): TreeChange {
  const [key, ...names] = path
  if (!OWN_NAMES.has(key)) return { path, before: withoutPasswords(before), after: withoutPasswords(after) }
  if (names.some(isSecretName)) return { path, before: hidden(before), after: hidden(after) }
  return { path, before: redactTree(before), after: redactTree(after) }
}

function withoutPasswords(value: unknown): unknown {
  return typeof value === 'string' ? redactUrls(value) : Array.isArray(value) ? value.map(withoutPasswords) : value
}

function hidden(value: unknown): unknown {
  return value === undefined ? undefined : REDACTED
}

function isSame(one: unknown, other: unknown): boolean {
  if (isMap(one) && isMap(other)) return treeChanges(one, other).length === 0
  if (!Array.isArray(one) || !Array.isArray(other)) return Object.is(one, other)
  return one.length === other.length && one.every((item, index) => isSame(item, other[index]))
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Safe for any name, also one that objects inherit. */
function own(map: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined
}
