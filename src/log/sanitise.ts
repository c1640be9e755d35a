import { printable } from '../errors/printable.ts'

/** Text of unknown origin for a terminal: escape sequences are taken out, what is left of control characters is shown as `\x07`. */
export function sanitise(text: string, { multiline = false }: { multiline?: boolean } = {}): string {
  return printable(stripEscapes(text), { oneLine: !multiline })
}

/** Without the control sequences of a terminal. */
export function stripEscapes(text: string): string {
  return text.replaceAll(ESCAPES, '')
}

// ECMA-48: control sequences (colours, moves), strings up to their end (titles, links), and the short ones. No part can be read in two ways, and none reaches
// beyond the next escape: util.stripVTControlCharacters() takes seconds for a line that is made of nothing but beginnings.
const ESCAPES =
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009b-\u009f]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-Z\\`-~]/g
