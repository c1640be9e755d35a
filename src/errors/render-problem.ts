import type { Problem } from './config-error.ts'
import type { Paint } from './paint.ts'
import { printable } from './printable.ts'

/**
 * A place in a file the way compilers show it:
 *
 *     /srv/shop/meshrt.yaml:7:5: Unknown key `wrokers` (services.auth.wrokers)
 *       7 |     wrokers: 2
 *         |     ^^^^^^^
 *       hint: Did you mean `workers`?
 */
export function renderProblem(problem: Problem, paint: Paint): string {
  const place = printable(`${problem.file}:${problem.line}:${problem.column}`, { oneLine: true })
  // A key at the top says it all by itself.
  const path = !problem.path.includes('.') ? '' : paint.dim(` (${printable(problem.path, { oneLine: true })})`)
  const gutter = String(problem.line)
  const { line, offset, width } = cutAround(problem)
  return [
    `${paint.bold(`${place}:`)} ${printable(problem.message, { oneLine: true })}${path}`,
    `  ${paint.dim(`${gutter} |`)} ${line}`,
    `  ${paint.dim(`${' '.repeat(gutter.length)} |`)} ${' '.repeat(offset)}${paint.red('^'.repeat(width))}`,
    ...(problem.hint === undefined ? [] : [`  ${paint.cyan('hint:')} ${printable(problem.hint, { oneLine: true })}`]),
  ].join('\n')
}

/** The part of a source line around the problem, printable, and where the carets go below it. */
export function cutAround(problem: Pick<Problem, 'sourceLine' | 'column' | 'length'>): Excerpt {
  const { sourceLine, column, length } = problem
  const start = Math.min(column - 1, sourceLine.length)
  const from = sourceLine.length > MAX_LINE ? Math.max(0, start - CONTEXT) : 0
  const to = Math.min(sourceLine.length, from + MAX_LINE)
  const lead = from > 0 ? '…' : ''
  const before = `${lead}${printable(sourceLine.slice(from, start), { oneLine: true })}`
  const marked = printable(sourceLine.slice(start, Math.min(start + length, to)), { oneLine: true })
  const after = printable(sourceLine.slice(Math.min(start + length, to), to), { oneLine: true })
  return {
    line: `${before}${marked}${after}${to < sourceLine.length ? '…' : ''}`,
    offset: columnsOf(before),
    width: Math.max(1, columnsOf(marked)),
  }
}

export interface Excerpt {
  readonly line: string
  /** In columns of a terminal, from the start of the line. */
  readonly offset: number
  readonly width: number
}

/** In characters: what fits on a usual terminal beside the gutter, and how much of it stands before the problem. */
const MAX_LINE = 100
const CONTEXT = 40

const WIDE = /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u
const COMBINING = /\p{Mn}/u

function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return columns
}
