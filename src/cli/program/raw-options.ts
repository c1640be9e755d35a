import { InvalidArgumentError, type Command } from 'commander'
import type { Mode } from '../../model/spec.ts'
import type { CommandContext, CommandResult } from '../context.ts'

/** What each group of commands is added with. */
export interface Builders {
  readonly add: (name: string, description: string) => Command
  readonly run: (command: Command, work: (ctx: CommandContext) => Promise<CommandResult>) => Promise<void>
}

/** Options as the parser hands them over. */
export type RawOptions = Readonly<Record<string, unknown>>

export function textOf(raw: RawOptions, name: string): string | null {
  return typeof raw[name] === 'string' ? raw[name] : null
}

export function textsOf(raw: RawOptions, name: string): readonly string[] {
  return Array.isArray(raw[name]) ? raw[name].map(String) : []
}

export function modeOf(raw: RawOptions): Mode {
  return raw['dev'] === true ? 'dev' : 'start'
}

export function portOf(raw: RawOptions): number | null {
  return typeof raw['port'] === 'number' ? raw['port'] : null
}

export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text]
}

export function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.')
  return Number(text)
}

export function parseLines(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a number of lines.')
  return Number(text)
}
