import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { isErrno } from '../errors/meshrt-error.ts'

export interface ShellOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void
}

/** How a command ended: its exit code, or the signal. */
export type ShellEnd = { readonly code: number } | { readonly signal: NodeJS.Signals }

/** A command of the shell, in a process group of its own, so that nothing that it starts outlives it. */
export class ShellCommand {
  /** Rejects when there is no shell to start. */
  readonly ended: Promise<ShellEnd>
  readonly #child: ChildProcess

  constructor(command: string, { cwd, env, onLine }: ShellOptions) {
    const child = spawn(command, { cwd, env, shell: true, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    forEachLine(child.stdout, (line) => onLine(line, 'stdout'))
    forEachLine(child.stderr, (line) => onLine(line, 'stderr'))
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      // What it has left behind may hold its output open.
      child.once('exit', () => this.kill('SIGKILL'))
      child.once('close', (code, signal) => resolve(signal === null ? { code: code ?? 1 } : { signal }))
    })
  }

  /** The whole group. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(-pid, signal)
    } catch (error) {
      // Gone already.
      if (!isErrno(error, 'ESRCH')) throw error
    }
  }
}

function forEachLine(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine)
}
