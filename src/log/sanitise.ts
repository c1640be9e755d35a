import { stripVTControlCharacters } from 'node:util'
import { printable } from '../errors/printable.ts'

/** Text of unknown origin for a terminal: escape sequences are taken out, what is left of control characters is shown as `\x07`. */
export function sanitise(text: string, { multiline = false }: { multiline?: boolean } = {}): string {
  return printable(stripVTControlCharacters(text), { oneLine: !multiline })
}
