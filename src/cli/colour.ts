import { styleText } from 'node:util'

export interface ColourQuestion {
  /** `--no-color` was given. */
  readonly refused: boolean
  readonly isTerminal: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What was typed wins over the environment, FORCE_COLOR over NO_COLOR (as in Node itself), and both over what the stream is. */
export function wantsColour({ refused, isTerminal, env }: ColourQuestion): boolean {
  if (refused) return false
  const force = env['FORCE_COLOR']
  if (force !== undefined) return force !== '0' && force !== 'false'
  if (env['NO_COLOR']) return false
  return isTerminal && env['TERM'] !== 'dumb'
}

export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'strong' | 'plain'

/** One style for one meaning, everywhere. */
export function paint(text: string, tone: Tone): string {
  const style = STYLES[tone]
  return style === null || text === '' ? text : styleText(style, text, { validateStream: false })
}

const STYLES = { good: 'green', warn: 'yellow', bad: 'red', quiet: 'dim', strong: 'bold', plain: null } as const
