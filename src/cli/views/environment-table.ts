import type { TracedVariable } from '../../environment/trace-environment.ts'
import { printable } from '../../errors/printable.ts'
import { NOTHING } from '../format.ts'
import { renderTable, type Column, type TableOptions } from '../table.ts'

/** Where each variable comes from, and what it won over. */
export function renderEnvironment(variables: readonly TracedVariable[], options: TableOptions): string {
  return renderTable(COLUMNS, variables, options)
}

const COLUMNS: readonly Column<TracedVariable>[] = [
  { title: 'VARIABLE', dropRank: 0, text: (variable) => variable.name },
  { title: 'VALUE', dropRank: 0, minWidth: 12, text: (variable) => quoted(variable.value) },
  { title: 'FROM', dropRank: 0, text: (variable) => variable.origin },
  {
    title: 'OVERRIDES',
    dropRank: 1,
    minWidth: 20,
    text: ({ overrides }) => overrides.map(({ origin, value }) => `${origin} (${quoted(value)})`).join(', ') || NOTHING,
  },
]

/** `NAME=value`, as a shell would read it. */
export function variableLine({ name, value }: TracedVariable): string {
  return `${printable(name, { oneLine: true })}=${quoted(value)}`
}

function quoted(value: string): string {
  if (/^[\w./:@%+,*=~-]*$/.test(value)) return value
  const safe = printable(value, { oneLine: true })
  if (safe === value) return `'${value.replaceAll("'", String.raw`'\''`)}'`
  return `$'${printable(value.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`), { oneLine: true })}'`
}
