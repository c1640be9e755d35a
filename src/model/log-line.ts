import type { ServiceId } from './ids.ts'

/** One whole line of a worker's output, as the runtime keeps and streams it. */
export interface LogLine {
  readonly atMs: number
  readonly service: ServiceId
  readonly slot: number
  readonly generation: number
  readonly stream: 'stdout' | 'stderr'
  /** Without its line break; never more than `MAX_LINE_CHARS`. */
  readonly text: string
}
