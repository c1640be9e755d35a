import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import item from '../services/item.json' with { type: 'json' }
import { firstAnswer } from './first-answer.ts'
import { watchReaped } from './process-tree.ts'
import type { Command } from './supervisors.ts'
import type { Workspace } from './workspace.ts'

const START_DEADLINE_MS = 120_000
const STOP_DEADLINE_MS = 15_000
const GONE_POLL_MS = 5
/** Of what it says, the end is kept, for when it fails. */
const KEPT_CHARACTERS = 4000
const BODY = JSON.stringify(item)

/** How long a start took, from before the process was made. */
export interface StartTimes {
  readonly firstAnswerMs: number
  /** Everything is ready. */
  readonly readyMs: number
  /** CPU time of everybody who took part. */
  readonly cpuMs: number
}

/** A command that runs, in a process group of its own, and everything that it has started. */
export class Launched {
  readonly #command: Command
  readonly #workspace: Workspace
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  readonly #reapedMs = watchReaped()
  readonly #sinceMs = performance.now()
  #printed = ''
  #heard: () => void = () => {}

  constructor(command: Command, workspace: Workspace) {
    this.#command = command
    this.#workspace = workspace
    const options = { cwd: workspace.folder, env: workspace.env, detached: true } as const
    this.#child = spawn(process.execPath, command.args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#closed = once(this.#child, 'exit')
    // One that cannot even be made tells whoever waits for its start.
    this.#closed.catch(() => {})
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed = (this.#printed + text).slice(-KEPT_CHARACTERS)
        this.#heard()
      })
    }
  }

  /** @throws Error with what it has printed when it ends before that, or takes too long */
  async started(): Promise<StartTimes> {
    const broken = new AbortController()
    const signal = AbortSignal.any([broken.signal, AbortSignal.timeout(START_DEADLINE_MS)])
    const ended = (code: number | null): void => {
      // A command that leaves the work to a daemon ends well.
      if (code !== 0 || this.#command.stop === null) broken.abort(new Error(`it ended with ${String(code)}`))
    }
    const failed = (error: Error): void => broken.abort(error)
    this.#child.once('exit', ended).once('error', failed)
    try {
      const answers = this.#command.urls.map((url) => firstAnswer(url, { body: BODY, signal }))
      const [printedAt, first = Number.NaN, ...others] = await Promise.all([this.#untilPrinted(signal), ...answers])
      const readyAt = Math.max(printedAt, first, ...others)
      const cpuMs = this.#workspace.tree.cpuMs() + this.#reapedMs()
      return { firstAnswerMs: first - this.#sinceMs, readyMs: readyAt - this.#sinceMs, cpuMs }
    } catch (cause) {
      broken.abort()
      throw new Error(`${this.#command.name} has not started; it printed\n${this.#printed}`, { cause })
    } finally {
      this.#child.off('exit', ended).off('error', failed)
    }
  }

  /** Asks it to end, and whatever has not ended by the deadline is ended. Resolves when nothing is left. */
  async stop(): Promise<void> {
    const { tree, env, folder } = this.#workspace
    const { stop } = this.#command
    const untilMs = performance.now() + STOP_DEADLINE_MS
    if (stop === null) this.#child.kill('SIGTERM')
    else spawn(process.execPath, stop, { cwd: folder, env, detached: true, stdio: 'ignore' }).on('error', () => {})
    while (tree.pids().length > 0) {
      if (performance.now() > untilMs) tree.kill()
      await wait(GONE_POLL_MS)
    }
    await this.#closed.catch(() => {})
  }

  /** When, as of `performance.now()`. */
  #untilPrinted(signal: AbortSignal): Promise<number> {
    const { ready } = this.#command
    if (ready === null) return Promise.resolve(0)
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (ready.test(this.#printed)) resolve(performance.now())
      }
      this.#heard = look
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      look()
    })
  }
}
