import { basename } from 'node:path'
import type { Origin, TracedValue } from '../../config/trace-origins.ts'
import { sanitise } from '../../log/sanitise.ts'
import { paint } from '../colour.ts'

const MAX_WIDTH = 60

/** One line per value: key, value, and where it comes from; what is merely a default is quiet. */
export function renderOrigins(
  values: readonly TracedValue[],
  { file, colour }: { readonly file: string; readonly colour: boolean },
): string {
  const rows = values.map(({ key, value, origin }) => ({ key: sanitise(key), text: renderValue(value), origin }))
  const keyWidth = Math.max(...rows.map(({ key }) => key.length))
  const textWidth = Math.min(MAX_WIDTH, Math.max(...rows.map(({ text }) => text.length)))
  return rows
    .map(({ key, text, origin }) => {
      const line = `${key.padEnd(keyWidth)}  ${text.padEnd(textWidth)}  ${renderOrigin(origin, basename(file))}`
      return colour && origin.kind === 'default' ? paint(line, 'quiet') : line
    })
    .join('\n')
}

function renderValue(value: unknown): string {
  const text = sanitise(typeof value === 'string' && value !== '' ? value : JSON.stringify(value))
  return text.length > MAX_WIDTH ? `${text.slice(0, MAX_WIDTH - 1)}…` : text
}

function renderOrigin(origin: Origin, file: string): string {
  switch (origin.kind) {
    case 'file':
      return `${file}:${origin.line}:${origin.column}`
    case 'variable':
      return `${file}:${origin.line}:${origin.column} ${origin.names.map((name) => `\${${name}}`).join(' ')}`
    case 'autoload':
      return `autoload (${file}:${origin.line}:${origin.column})`
    case 'dev':
      return 'dev'
    case 'default':
      return 'default'
  }
}
