import { jsonLine } from '../control/json-line.ts'
import { errorDocument, renderError } from '../errors/render.ts'
import type { CommandContext } from './context.ts'

/** Text to stderr; with --json the one document that the command prints, to stdout. */
export function reportError(error: unknown, { terminal, options }: Pick<CommandContext, 'terminal' | 'options'>): void {
  if (options.json) terminal.out(jsonLine(errorDocument(error)).trimEnd())
  else terminal.note(renderError(error, { colour: terminal.errorColour }))
}
