import { LineCounter } from 'yaml'
import type { Problem } from '../errors/config-error.ts'
import { formatPath, type Finding, type Span } from './finding.ts'
import { maskSecrets } from './mask-secrets.ts'
import { spanOf, type SourceNode } from './source-tree.ts'

/** Findings as problems with line, column and the line itself without its secrets, in the order of the text; what comes from one place (an anchor) is said once. */
export function locateFindings(findings: readonly Finding[], source: Source): readonly Problem[] {
  const lines = new Lines(maskSecrets(source.text, source.root))
  const placed = findings.map((finding) => ({ finding, span: finding.span ?? placeOf(finding, source) }))
  const seen = new Set<string>()
  return placed
    .toSorted((a, b) => a.span.start - b.span.start)
    .filter(({ finding, span }) => {
      const key = `${span.start} ${finding.rule} ${finding.message}`
      return !seen.has(key) && seen.add(key)
    })
    .map(({ finding, span }) => toProblem(finding, { file: source.file, place: lines.at(span) }))
}

export interface Source {
  readonly file: string
  readonly text: string
  /** Null when the text could not be read as YAML. */
  readonly root: SourceNode | null
}

function placeOf({ path, at = 'value' }: Finding, { root }: Source): Span {
  return root ? spanOf(root, path, at) : { start: 0, end: 0 }
}

function toProblem({ rule, message, path, hint }: Finding, where: { readonly file: string; readonly place: Place }): Problem {
  return { rule, message, path: formatPath(path), file: where.file, ...where.place, ...(hint === undefined ? {} : { hint }) }
}

export type Place = Pick<Problem, 'line' | 'column' | 'length' | 'sourceLine'>

/** Offsets of a text as lines and columns. */
export class Lines {
  readonly #text: string
  readonly #counter = new LineCounter()

  constructor(text: string) {
    this.#text = text
    this.#counter.addNewLine(0)
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#counter.addNewLine(at + 1)
  }

  at(span: Span): Place {
    const start = Math.min(Math.max(span.start, 0), this.#text.length)
    const { line, col } = this.#counter.linePos(start)
    const from = start - (col - 1)
    const next = this.#text.indexOf('\n', from)
    const sourceLine = this.#text.slice(from, next === -1 ? this.#text.length : next).replace(/\r$/, '')
    const length = Math.max(1, Math.min(span.end, from + sourceLine.length) - start)
    return { line, column: col, length, sourceLine }
  }
}
