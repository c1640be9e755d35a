import { spawn, type ChildProcess } from 'node:child_process'
import type { Reboot } from '../model/reboot.ts'
import { NO_HISTORY } from '../supervision/restart-decision.ts'
import { afterEnd, type RuntimeEnd } from './after-end.ts'
import { whenHeardOut } from './heard-out.ts'
import { HeldSockets } from './held-sockets.ts'
import { GUARDED, NODE_OPTIONS, type ToGuardian, type ToRuntime } from './messages.ts'

export interface GuardianOptions {
  /** The meshrt command and its arguments, as Node is to run them. */
  readonly command: readonly string[]
  /** Lines for the operator. */
  readonly print: (text: string) => void
  /** A word of the runtime for whoever started the guardian. */
  readonly passOn: (message: ToGuardian) => void
}

/** A second signal gives the runtime so long before it is killed: its main thread may be the one that hangs. */
const FORCE_MS = 5000

interface Told {
  readonly startedMs: number | null
  readonly announced: RuntimeEnd['announced']
  readonly stopping: boolean
}

const TOLD_NOTHING: Told = { startedMs: null, announced: null, stopping: false }

/** One runtime after the other, until one has ended for good. */
export class Guardian {
  readonly #options: GuardianOptions
  readonly #ended = Promise.withResolvers<number>()
  readonly #sockets = new HeldSockets()
  #runtime: ChildProcess | null = null
  #told = TOLD_NOTHING
  #history = NO_HISTORY
  #locked = false
  #signals = 0
  #reboots = 0
  #timer: NodeJS.Timeout | null = null

  constructor(options: GuardianOptions) {
    this.#options = options
  }

  /** Resolves with the exit code. */
  run(): Promise<number> {
    this.#boot(null)
    return this.#ended.promise
  }

  signal(name: NodeJS.Signals): void {
    this.#signals += 1
    if (this.#runtime === null) {
      // Between two runtimes: nothing is left to stop.
      if (this.#timer !== null) clearTimeout(this.#timer)
      return this.#ended.resolve(0)
    }
    this.#runtime.kill(name)
    if (this.#signals === 2) setTimeout(() => this.#runtime?.kill('SIGKILL'), FORCE_MS).unref()
  }

  #boot(reboot: Reboot | null): void {
    this.#timer = null
    this.#told = TOLD_NOTHING
    const { [NODE_OPTIONS]: nodeOptions, ...env } = process.env
    const runtime = spawn(process.execPath, [...this.#options.command], {
      env: { ...env, [GUARDED]: '1', ...(nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }) },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      // A group of its own: Ctrl+C in a terminal reaches the guardian alone, which passes it on once.
      detached: true,
    })
    this.#runtime = runtime
    runtime.on('message', (message, handle) => this.#hear(message as ToGuardian, handle))
    runtime.once('exit', (code, signal) => whenHeardOut(runtime, () => this.#runtimeEnded(runtime, { code, signal })))
    runtime.on('error', (error) => {
      this.#say(`the runtime's process: ${error.message}`)
      // Without a pid there never was one, and no exit follows.
      if (runtime.pid === undefined) this.#runtimeEnded(runtime, { code: 1, signal: null })
    })
    if (runtime.pid === undefined) return
    const welcome: ToRuntime = { type: 'welcome', guardianPid: process.pid, reboot, sockets: this.#sockets.size }
    runtime.send(welcome, () => {})
    this.#sockets.handTo(runtime)
  }

  #hear(message: ToGuardian, handle: unknown): void {
    switch (message.type) {
      case 'locked':
        this.#locked = true
        return
      case 'started':
        this.#told = { ...this.#told, startedMs: performance.now() }
        return
      case 'stopping':
        this.#told = { ...this.#told, stopping: true }
        return
      case 'leaving':
        this.#told = { ...this.#told, announced: { code: message.code, next: message.next } }
        return
      case 'socket':
        return this.#sockets.keep(message.key, handle)
      case 'drop':
        return this.#sockets.drop(message.key)
      case 'booting':
      case 'failed':
        return this.#options.passOn(message)
    }
  }

  #runtimeEnded(runtime: ChildProcess, how: { readonly code: number | null; readonly signal: NodeJS.Signals | null }): void {
    if (this.#runtime !== runtime) return
    this.#runtime = null
    const nowMs = performance.now()
    const { announced, stopping, startedMs } = this.#told
    const end: RuntimeEnd = {
      ...how,
      announced,
      stopAsked: this.#signals > 0 || stopping,
      locked: this.#locked,
      readyForMs: startedMs === null ? null : nowMs - startedMs,
    }
    const { after, history } = afterEnd(end, this.#history, { nowMs, entropy: Math.random() })
    this.#history = history
    if (after.kind === 'end') {
      if (after.trouble !== null) this.#say(`the runtime is gone: ${after.trouble}`)
      return this.#ended.resolve(after.code)
    }
    if (after.kind === 'give-up') return void this.#giveUp(after)
    this.#reboots += 1
    const reboot: Reboot = { number: this.#reboots, cause: after.cause, endedAt: Date.now() }
    this.#say(
      `the runtime (process ${runtime.pid ?? '?'}) ended: ${after.cause}; starting it again in ${after.delayMs} ms (reboot ${reboot.number})`,
    )
    this.#timer = setTimeout(() => this.#boot(reboot), after.delayMs)
  }

  #say(text: string): void {
    this.#options.print(`meshrt guardian: ${text}`)
  }

  async #giveUp({ cause, deaths }: { readonly cause: string; readonly deaths: number }): Promise<void> {
    // Loaded only now: a guardian is to be small, and hardly ever needs them.
    const [{ MeshrtError, exitCodeOf }, { renderError, errorDocument }] = await Promise.all([
      import('../errors/meshrt-error.ts'),
      import('../errors/render.ts'),
    ])
    const error = new MeshrtError('MESHRT_GUARDIAN_GAVE_UP', `Cannot keep the runtime running: it died ${deaths} times, last of ${cause}`)
    const text = renderError(error, { colour: false })
    this.#options.print(text)
    this.#options.passOn({ type: 'failed', text, document: errorDocument(error) })
    this.#ended.resolve(exitCodeOf(error))
  }
}
