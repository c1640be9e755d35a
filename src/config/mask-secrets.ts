import { isSecretName, maskUrls, maskValue } from '../model/redact.ts'
import type { Span } from './finding.ts'
import type { SourceNode } from './source-tree.ts'

/**
 * A runtime file as its lines may be shown: every secret is hidden behind as many asterisks as it has characters, so that each place stays where it was.
 * References to variables stay readable; they are what most problems in a secret are about.
 * @param root null when the text could not be read as YAML: then what looks like a secret on its line is hidden
 */
export function maskSecrets(text: string, root: SourceNode | null): string {
  return maskUrls(root === null ? maskLines(text) : maskSpans(text, secretSpans(root)))
}

/** What these maps hold is named by services, and a service may be called `auth`. */
const NAMED_BY_SERVICES: ReadonlySet<string> = new Set(['services', 'dependsOn', 'deny'])

function secretSpans(root: SourceNode): readonly Span[] {
  const spans: Span[] = []
  const visit = (node: SourceNode, { key, isSecret }: { readonly key: string; readonly isSecret: boolean }): void => {
    switch (node.kind) {
      case 'scalar':
        if (isSecret) spans.push(node.span)
        return
      case 'list':
        for (const item of node.items) visit(item, { key, isSecret })
        return
      case 'map':
        for (const [name, inner] of node.entries) {
          visit(inner, { key: name, isSecret: isSecret || (!NAMED_BY_SERVICES.has(key) && isSecretName(name)) })
        }
    }
  }
  visit(root, { key: '', isSecret: false })
  return spans
}

/** An anchor's span comes as often as it is used. */
function maskSpans(text: string, spans: readonly Span[]): string {
  let masked = ''
  let at = 0
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    if (end <= at) continue
    masked += text.slice(at, start) + maskValue(text.slice(Math.max(at, start), end))
    at = end
  }
  return masked + text.slice(at)
}

/** A name and what follows it, wherever on a line; the look behind keeps a long word from being tried from each of its letters. */
const NAMED = /(?:"([^"]*)"|'([^']*)'|(?<![\w.-])([\w.-]+))[ \t]*[:=][ \t]*/g
const BEGINS_WITH_KEY = /^\s*(?:- )*(?:"[^"]*"|'[^']*'|[^\s"'#:{}[\],]+)\s*:(?:\s|$)/

/**
 * Without a tree nobody knows where a value ends: all that follows a secret name on its line is hidden, but for maps and lists, which are looked into,
 * and so are the deeper lines below it that do not begin with a key.
 */
function maskLines(text: string): string {
  let hiddenBelow = Number.POSITIVE_INFINITY
  return text
    .split('\n')
    .map((line) => {
      const indent = line.length - line.trimStart().length
      if (indent > hiddenBelow && !BEGINS_WITH_KEY.test(line)) return maskValue(line)
      if (line.trim() !== '') hiddenBelow = Number.POSITIVE_INFINITY
      const at = secretAt(line)
      if (at === null) return line
      hiddenBelow = indent
      return line.slice(0, at) + maskValue(line.slice(at))
    })
    .join('\n')
}

/** Where what follows the first secret name begins; null when there is none. */
function secretAt(line: string): number | null {
  for (const match of line.matchAll(NAMED)) {
    const [whole, ...names] = match
    const at = match.index + whole.length
    if (isSecretName(names.find((name) => name !== undefined) ?? '') && !/^[{[]/.test(line.slice(at, at + 1))) return at
  }
  return null
}
