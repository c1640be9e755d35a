import { sanitise } from '../log/sanitise.ts'
import { paint, type Tone } from './colour.ts'
import { chooseColumns, GAP, type LayoutColumn } from './layout.ts'

export interface Column<Row> extends LayoutColumn {
  readonly align?: 'left' | 'right'
  /** Made safe for the terminal by the table. */
  text(row: Row): string
  tone?(row: Row): Tone
}

export interface TableOptions {
  /** Null = as wide as it wants to be. */
  readonly maxWidth: number | null
  readonly colour: boolean
}

/** Rows under a head line, without boxes; one terminal line each. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], { maxWidth, colour }: TableOptions): string {
  const cells = rows.map((row) => columns.map((column) => sanitise(column.text(row))))
  const natural = columns.map((column, at) => Math.max(column.title.length, ...cells.map((line) => displayWidth(line[at] ?? ''))))
  const chosen = chooseColumns(columns, { natural, maxWidth })
  const line = (texts: readonly string[], tone: (index: number) => Tone): string =>
    chosen
      .map(({ index, width }) => {
        const text = cutTo(texts[index] ?? '', width)
        const spaces = ' '.repeat(Math.max(0, width - displayWidth(text)))
        const shown = colour ? paint(text, tone(index)) : text
        return columns[index]?.align === 'right' ? spaces + shown : shown + spaces
      })
      .join(' '.repeat(GAP))
      .trimEnd()
  const head = line(
    columns.map((column) => column.title),
    () => 'strong',
  )
  return [head, ...rows.map((row, at) => line(cells[at] ?? [], (index) => columns[index]?.tone?.(row) ?? 'plain'))].join('\n')
}

/** Cells that a text takes: CJK and emoji take two. */
export function displayWidth(text: string): number {
  let width = 0
  for (const char of text) width += WIDE.test(char) ? 2 : COMBINING.test(char) ? 0 : 1
  return width
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const COMBINING = /\p{Mn}|\p{Me}|[\u200b-\u200d]/u

/** Cut with an ellipsis as its last cell. */
export function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let cut = ''
  let used = 0
  for (const char of text) {
    used += displayWidth(char)
    if (used > width - 1) break
    cut += char
  }
  return `${cut}…`
}
