import { wantsColour } from './colour.ts'

/** Where a command writes: data to stdout, everything else to stderr. */
export interface Terminal {
  /** A line, or several, of data. */
  out(text: string): void
  /** A line for the person at the terminal. */
  note(text: string): void
  /** Columns of the terminal; null when stdout is none, and nothing is cut then. */
  readonly columns: number | null
  readonly outColour: boolean
  readonly errorColour: boolean
}

export function openTerminal({ colour, env }: { colour: boolean; env: NodeJS.ProcessEnv }): Terminal {
  const { stdout, stderr } = process
  return {
    out: (text) => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    columns: stdout.isTTY ? stdout.columns || FALLBACK_COLUMNS : null,
    outColour: wantsColour({ refused: !colour, isTerminal: stdout.isTTY, env }),
    errorColour: wantsColour({ refused: !colour, isTerminal: stderr.isTTY, env }),
  }
}

/** A reader that has had enough (`meshrt logs | head`) is no failure, and ends the command. A runtime must outlive its readers. */
export function endWithReaders(): { readonly outliveReaders: () => void } {
  let outlive = false
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (outlive) return
      if (error.code !== 'EPIPE') throw error
      process.exit(process.exitCode ?? 0)
    })
  }
  return { outliveReaders: () => (outlive = true) }
}

/** Some terminals do not know how wide they are. */
const FALLBACK_COLUMNS = 80
