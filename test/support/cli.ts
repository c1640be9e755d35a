import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BIN } from './package.ts'
import type { Owner } from './temp-dir.ts'

/** Stripping the types of the sources anew in every process and thread would be a third of what a test costs. */
const COMPILE_CACHE = join(tmpdir(), 'meshrt-test-cache')
const STOP_DEADLINE_MS = 15_000

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly cwd: string
  /** Where control sockets go; a folder of the test's own keeps runtimes of different tests apart. */
  readonly runtimeDir: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs the real CLI to its end. @throws Error with its output when it does not end within the deadline. */
export async function runCli(t: Owner, args: readonly string[], options: CliOptions & { readonly deadlineMs?: number }): Promise<Ended> {
  const cli = startCli(t, args, options)
  return cli.ended(options.deadlineMs ?? 30_000)
}

/** Starts the real CLI. It is stopped, by its pid, when the test ends. */
export function startCli(t: Owner, args: readonly string[], options: CliOptions): CliProcess {
  const child = spawn(process.execPath, [BIN, ...args], { cwd: options.cwd, env: cliEnv(options) })
  const cli = new CliProcess(child, args)
  t.after(() => cli.stop())
  return cli
}

/** A running CLI whose output the test reads while it comes. */
export class CliProcess {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #title: string
  readonly #closed: Promise<void>
  #watchers: (() => void)[] = []
  #isClosed = false
  stdout = ''
  stderr = ''

  constructor(child: ChildProcessWithoutNullStreams, args: readonly string[]) {
    this.#child = child
    this.#title = `meshrt ${args.join(' ')}`
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#heard({ stdout: text }))
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#heard({ stderr: text }))
    const killNow = (): void => void child.kill('SIGKILL')
    process.once('exit', killNow)
    this.#closed = new Promise((resolve) => {
      child.once('close', () => {
        process.removeListener('exit', killNow)
        this.#isClosed = true
        this.#heard({})
        resolve()
      })
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get isRunning(): boolean {
    return !this.#isClosed
  }

  get output(): string {
    return `${this.stdout}\n${this.stderr}`
  }

  /** Resolves as soon as stdout and stderr, taken together, contain the text. */
  waitFor(expected: string | RegExp, deadlineMs = 10_000): Promise<void> {
    const isThere = (): boolean => (typeof expected === 'string' ? this.output.includes(expected) : expected.test(this.output))
    return this.until(`printed ${String(expected)}`, isThere, deadlineMs)
  }

  /** Resolves as soon as `holds`, which is asked after each piece of output. */
  until(what: string, holds: () => boolean, deadlineMs = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        try {
          if (holds()) finish(resolve)
          else if (this.#isClosed) finish(() => reject(this.#failure(`ended before it ${what}`)))
        } catch (error) {
          finish(() => reject(error))
        }
      }
      const finish = (settle: () => void): void => {
        clearTimeout(deadline)
        this.#watchers = this.#watchers.filter((watcher) => watcher !== check)
        settle()
      }
      const deadline = setTimeout(() => finish(() => reject(this.#failure(`has not ${what} within ${deadlineMs} ms`))), deadlineMs)
      this.#watchers.push(check)
      check()
    })
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async ended(deadlineMs = STOP_DEADLINE_MS): Promise<Ended> {
    await withDeadline(this.#closed, deadlineMs, () => this.#failure(`did not end within ${deadlineMs} ms`))
    return { code: this.#child.exitCode, signal: this.#child.signalCode, stdout: this.stdout, stderr: this.stderr }
  }

  /** Asks it to end, then makes it. Never leaves it running; does nothing when it has ended. */
  async stop(): Promise<void> {
    if (this.#isClosed) return
    this.#child.kill('SIGTERM')
    await this.ended().catch(() => this.#child.kill('SIGKILL'))
    await this.#closed
  }

  #heard(text: { readonly stdout?: string; readonly stderr?: string }): void {
    this.stdout += text.stdout ?? ''
    this.stderr += text.stderr ?? ''
    for (const watcher of this.#watchers) watcher()
  }

  #failure(what: string): Error {
    return new Error(`${this.#title} ${what}\n--- stdout\n${this.stdout}\n--- stderr\n${this.stderr}`)
  }
}

async function withDeadline<T>(promise: Promise<T>, deadlineMs: number, failure: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(failure()), deadlineMs)
  })
  try {
    return await Promise.race([promise, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** The test's own environment without what would steer the CLI or make Node's test runner adopt it. */
function cliEnv(options: CliOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(MESHRT_|NODE_TEST_CONTEXT$|NODE_OPTIONS$|NODE_ENV$|FORCE_COLOR$|PORT$)/.test(name),
  )
  return {
    ...Object.fromEntries(inherited),
    NO_COLOR: '1',
    NODE_COMPILE_CACHE: COMPILE_CACHE,
    XDG_RUNTIME_DIR: options.runtimeDir,
    XDG_STATE_HOME: options.runtimeDir,
    ...options.env,
  }
}
