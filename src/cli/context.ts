import type { Terminal } from './terminal.ts'

/** What was typed before and after the command's own arguments. */
export interface GlobalOptions {
  /** The runtime file of -c; null = the nearest one. */
  readonly config: string | null
  readonly socket: string | null
  readonly name: string | null
  readonly json: boolean
}

export interface CommandContext {
  readonly options: GlobalOptions
  readonly terminal: Terminal
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** From now on a closed stdout or stderr does not end the process. */
  readonly outliveReaders: () => void
}

/** 0, a code of the catalogue, or 128+n. */
export type CommandResult = number
