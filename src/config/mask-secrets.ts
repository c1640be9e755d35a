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

/** A key at the beginning of a line, and what stands there for its value. */
const KEY = /^(?:\s*(?:- )*)(["']?)([^\s"'#:{}[\],]+)\1\s*:(?:\s+(\S.*))?$/
const INLINE = /(?<![\w.-])(["']?)([\w.-]+)\1\s*:\s*("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s{}[\],"'][^{}[\],]*)/g

/** Without a tree: values of secret names, also in maps on one line, and the lines of a text that begins under such a name. */
function maskLines(text: string): string {
  let isInSecret = false
  return text
    .split('\n')
    .map((line) => {
      const [, , name, value] = KEY.exec(line) ?? []
      if (name === undefined) return isInSecret ? maskValue(line) : maskInline(line)
      isInSecret = value !== undefined && !/^[{[]/.test(value) && isSecretName(name)
      return isInSecret && value !== undefined ? line.slice(0, -value.length) + maskValue(value) : maskInline(line)
    })
    .join('\n')
}

function maskInline(line: string): string {
  return line.replace(INLINE, (whole, _quote, name: string, value: string) =>
    isSecretName(name) ? whole.slice(0, -value.length) + maskValue(value) : whole,
  )
}
