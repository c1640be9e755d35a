import { MeshrtError } from './meshrt-error.ts'

/** One thing that is wrong in a runtime file, and where. */
export interface Problem {
  /** The name of the rule that found it: `unknown-key`, `dependency-cycle`. */
  readonly rule: string
  readonly message: string
  /** Where in the document: `services.auth.workers`; empty for the document as a whole. */
  readonly path: string
  readonly file: string
  /** 1-based, as editors count. */
  readonly line: number
  readonly column: number
  /** How many characters of the line the problem covers, at least 1. */
  readonly length: number
  /** The line as it is written, but for its secrets; may contain control characters. */
  readonly sourceLine: string
  readonly hint?: string
}

/** More than anybody reads; the rest is only counted. */
export const MAX_LISTED_PROBLEMS = 100

/** Everything that is wrong with a runtime file, in the order of the file. */
export class ConfigError extends MeshrtError {
  readonly problems: readonly Problem[]

  static of(file: string, problems: readonly Problem[]): ConfigError {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
    const cut = problems.length > MAX_LISTED_PROBLEMS ? ` (the first ${MAX_LISTED_PROBLEMS} are listed)` : ''
    return new ConfigError(`Cannot use ${file}: ${count}${cut}`, problems.slice(0, MAX_LISTED_PROBLEMS))
  }

  constructor(message: string, problems: readonly Problem[]) {
    super('MESHRT_CONFIG_INVALID', message)
    this.problems = problems
  }
}
