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
  /** When, as of `performance.now()`, it has said that it is ready; 0 when it says nothing. */
  readonly #saidReady = Promise.withResolvers<number>()
  #printed = ''

  constructor(command: Command, workspace: Workspace) {
    this.#command = command
    this.#workspace = workspace
    const options = { cwd: workspace.folder, env: workspace.env, detached: true } as const
    this.#child = spawn(process.execPath, command.args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#closed = once(this.#child, 'exit')
    // One that cannot even be made tells whoever waits for its start.
    this.#closed.catch(() => {})
    if (command.ready === null) this.#saidReady.resolve(0)
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let tail = ''
      stream?.setEncoding('utf8').on('data', (text: string) => {
        tail = (tail + text).slice(-text.length - KEPT_CHARACTERS)
        if (command.ready?.test(tail)) this.#saidReady.resolve(performance.now())
        this.#printed = (this.#printed + text).slice(-KEPT_CHARACTERS)
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
      const [printedAt, first = Number.NaN, ...others] = await Promise.all([orAborted(this.#saidReady.promise, signal), ...answers])
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
}

/** @throws the signal's reason when that is aborted before */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = once(signal, 'abort').then((): never => {
    throw signal.reason
  })
  // The loser of the race is nobody's concern.
  aborted.catch(() => {})
  return Promise.race([work, aborted])
}
