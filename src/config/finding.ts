/** Where in the document: keys and list positions from the top. */
export type Path = readonly (string | number)[]

/** Offsets into the text, end exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Something wrong, before its place in the text is looked up. */
export interface Finding {
  readonly rule: string
  readonly message: string
  readonly path: Path
  /** What of the entry at `path` to point at; the value when not given. */
  readonly at?: 'key' | 'value'
  /** The exact place, where it is known better than by the path. */
  readonly span?: Span
  readonly hint?: string
  /** A file is missing that a build may make. */
  readonly isBuilt?: boolean
}

/** `services.auth.dependsOn[0]` */
export function formatPath(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('')
}

/** True when there is a finding at the path or above it, so that what is there is not to be believed. */
export function isDoubtful(path: Path, findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.path.length > 0 && startsWith(path, finding.path))
}

function startsWith(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((part, index) => part === path[index])
}
