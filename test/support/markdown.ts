import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A document of the repository. */
export interface Document {
  /** Relative to the repository: `docs/architecture.md`. */
  readonly path: string
  readonly text: string
}

/** The documents that people read: in the root, in `docs`, and beside the fixtures. */
export function readDocuments(root: string): readonly Document[] {
  const inRoot = readdirSync(root).filter((name) => name.endsWith('.md'))
  const below = ['docs', 'fixtures'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  )
  return [...inRoot, ...below].map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** Targets of `[text](target)`, those in code left out. */
export function linksOf(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
}

/** The anchors that headings make, as GitHub makes them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/^#+ +(.+)$/gm)]
  return new Set(headings.map(([, heading = '']) => slug(heading)))
}

/** Terms in bold; a sentence in bold (it ends with a mark) is emphasis, not a term. */
export function boldTermsOf(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/\*\*([^*]+)\*\*/g)].flatMap(([, term = '']) => (/[.,:]$/.test(term) ? [] : term))
}

/** Content of the fenced blocks of a language (empty = unnamed). */
export function fencedBlocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(/^```(\S*)\n([\s\S]*?)^```/gm)].flatMap(([, found = '', body = '']) => (found === language ? body : []))
}

/** Command lines: from shell blocks (prompt and comment removed) and from code within sentences. */
export function commandLinesOf(text: string): readonly string[] {
  const blocks = ['sh', ''].flatMap((language) => fencedBlocks(text, language)).flatMap((block) => block.split('\n'))
  const inline = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  return [...blocks, ...inline]
    .flatMap((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/\s#\s.*$/, '')
        .split(/\s*&&\s*/),
    )
    .map((line) => line.trim())
}

/** A part of a document that a test makes, between two marks that are comments. */
export interface MadePart {
  readonly begin: string
  readonly end: string
  readonly part: string
}

/** Puts the part in its place. @throws when the document has no marks. */
export function withPart(document: string, { begin, end, part }: MadePart): string {
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new TypeError(`The document has lost the marks ${begin} and ${end}`)
  return `${document.slice(0, from)}${begin}\n\n${part}\n\n${document.slice(to)}`
}

/** Padded, as the formatter leaves it. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const renderRow = (row: readonly string[]) => `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [renderRow(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(renderRow)].join('\n')
}

function withoutCode(text: string): string {
  return text.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '')
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
