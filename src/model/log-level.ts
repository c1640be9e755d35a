import type { LogLine } from './log-line.ts'
import type { LogLevel } from './spec.ts'

/** pino's numbers; also those in the lines of services that log with pino. */
export const LEVEL_NUMBERS: Readonly<Record<LogLevel, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
}

function isLogLevel(text: string): text is LogLevel {
  return Object.hasOwn(LEVEL_NUMBERS, text)
}

/** The level that pino gave the line; of any other line `error` if it went to stderr, else `info`. */
export function levelOfLine({ text, stream }: Pick<LogLine, 'text' | 'stream'>): number {
  return pinoLevel(text) ?? LEVEL_NUMBERS[stream === 'stderr' ? 'error' : 'info']
}

/** The level of a line that pino wrote; null for any other line. */
export function pinoLevel(text: string): number | null {
  if (!text.startsWith('{"')) return null
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('level' in value) || !('time' in value)) return null
    return isNumber(value.level) ? value.level : levelOfName(value.level)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function levelOfName(value: unknown): number | null {
  return typeof value === 'string' && isLogLevel(value) ? LEVEL_NUMBERS[value] : null
}
