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

function withoutCode(text: string): string {
  return text.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '')
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
