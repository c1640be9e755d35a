import type * as z from 'zod'
import { describeGiven, keyInfo } from './fields.ts'
import { formatPath, type Finding, type Path } from './finding.ts'
import { RUNTIME_FILE, keysAt, type RuntimeFile } from './schema.ts'
import { nodeAt, type Scalar, type ScalarNode, type SourceNode } from './source-tree.ts'
import { hintForUnknownKey } from './unknown-key.ts'

/**
 * Holds the document against the schema. What does not fit is reported and left out, so that the rules that follow can look at
 * the rest and everything is reported at once. `doubtful` are findings of earlier steps; what they point at is left out too.
 */
export function checkShape(root: SourceNode, doubtful: readonly Finding[]): ShapeCheck {
  if (root.kind !== 'map') return { file: null, findings: [notAMap(root)] }
  const findings: Finding[] = []
  const retyped = new Set<string>()
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const leftOut = new Set([...doubtful, ...findings].map((finding) => formatKey(listOf(finding.path))))
    // A file is checked once: compiling the schema takes longer than that.
    const result = RUNTIME_FILE.safeParse(toValue(root, [], { leftOut, retyped }), { jitless: true })
    if (result.success) return { file: result.data, findings }
    const progress = retypeSome(root, result.error.issues, retyped)
    // Values from variables first: what is left after that is wrong.
    if (!progress) findings.push(...result.error.issues.flatMap((issue) => issueFindings(issue, root)))
  }
  return { file: null, findings }
}

export interface ShapeCheck {
  /** Null when the document does not resemble a runtime file at all. */
  readonly file: RuntimeFile | null
  readonly findings: readonly Finding[]
}

/** Retype, report, done; once more for what hid behind a wrong value. */
const MAX_PASSES = 5

interface Reading {
  readonly leftOut: ReadonlySet<string>
  readonly retyped: ReadonlySet<string>
}

function toValue(node: SourceNode, path: Path, reading: Reading): unknown {
  switch (node.kind) {
    case 'scalar':
      if (isEnvironment(path)) return node.value === null ? null : node.text
      return reading.retyped.has(formatKey(path)) ? retype(node) : node.value
    case 'list':
      return node.items.map((item, index) => toValue(item, [...path, index], reading))
    case 'map': {
      const entries = [...node.entries].filter(([name]) => !reading.leftOut.has(formatKey([...path, name])))
      return Object.fromEntries(entries.map(([name, value]) => [name, toValue(value, [...path, name], reading)]))
    }
  }
}

/** Variables are text, however they look. */
function isEnvironment(path: Path): boolean {
  const [top, , block, inner] = path
  if (top !== 'services') return path.length === 2 && top === 'env'
  return (path.length === 4 && block === 'env') || (path.length === 5 && block === 'dev' && inner === 'env')
}

/** Text that came from a variable becomes a number or a boolean only where the schema refused the text. */
function retypeSome(root: SourceNode, issues: readonly z.core.$ZodIssue[], retyped: Set<string>): boolean {
  const before = retyped.size
  for (const issue of issues) {
    const path = issue.path as Path
    const node = nodeAt(root, path)
    if (node?.kind === 'scalar' && node.interpolated && retype(node) !== node.value) retyped.add(formatKey(path))
  }
  return retyped.size > before
}

function retype(node: ScalarNode): Scalar {
  if (node.text === 'true' || node.text === 'false') return node.text === 'true'
  return /^-?\d+(?:\.\d+)?$/.test(node.text) ? Number(node.text) : node.value
}

function issueFindings(issue: z.core.$ZodIssue, root: SourceNode): readonly Finding[] {
  const path = issue.path as Path
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => ({
      rule: 'unknown-key',
      message: `Unknown key \`${name}\``,
      path: [...path, name],
      at: 'key' as const,
      hint: hintForUnknownKey(name, path),
    }))
  }
  const node = nodeAt(root, path)
  const message =
    issue.code === 'custom' ? issue.message : `must be ${expectsAt(path)}, ${describeGiven(node ? toValue(node, path, AS_IS) : null)}`
  const hint = hintForType(node, issue.code === 'custom')
  return [{ rule: 'wrong-type', message: `${subject(path)} ${message}`, path: listOf(path), ...(hint ? { hint } : {}) }]
}

const AS_IS: Reading = { leftOut: new Set(), retyped: new Set() }

function expectsAt(path: Path): string {
  return keyInfo(keysAt(path.slice(0, -1))?.[path.at(-1) ?? ''])?.expects ?? 'a map'
}

function notAMap(root: SourceNode): Finding {
  return {
    rule: 'wrong-type',
    message: `A runtime file must be a map, ${describeGiven(toValue(root, [], AS_IS))}`,
    path: [],
    span: { start: root.span.start, end: root.span.start + 1 },
    hint: 'It starts with a key such as `services:`.',
  }
}

function hintForType(node: SourceNode | undefined, isValue: boolean): string | undefined {
  if (node?.kind === 'list' && !isValue) return 'Write one `key: value` per line, without the leading dash.'
  if (node?.kind === 'scalar' && typeof node.value === 'string' && !node.interpolated && retype(node) !== node.value) {
    return 'Remove the quotes.'
  }
  return undefined
}

function subject(path: Path): string {
  return `\`${formatPath(path.slice(-1))}\``
}

/** A wrong item makes the list doubtful as a whole: leaving it out would move the others. */
function listOf(path: Path): Path {
  const index = path.findIndex((part) => typeof part === 'number')
  return index === -1 ? path : path.slice(0, index)
}

function formatKey(path: Path): string {
  return JSON.stringify(path)
}
