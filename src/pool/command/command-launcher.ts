import { spawn, type ChildProcess } from 'node:child_process'
import { totalmem } from 'node:os'
import { isErrno, MeshrtError } from '../../errors/meshrt-error.ts'
import type { CheckAnswer, DrainReport, DrainTerms, Pong, Weight } from '../../itc/protocol.ts'
import type { Clock } from '../../model/clock.ts'
import { formatWorkerId, type WorkerId } from '../../model/ids.ts'
import type { Place } from '../../model/routes.ts'
import type { Mode, ServiceSpec } from '../../model/spec.ts'
import { WorkerRow } from '../../model/worker-row.ts'
import { readEnvironment } from '../../environment/read-environment.ts'
import type { Launcher, MemoryReading, WorkerHandle, WorkerListener } from '../launcher.ts'
import { cpuTimeMs, residentBytes } from '../process/proc.ts'
import { killTree, sweepTree } from '../process/kill-tree.ts'
import { ProcessOutput } from '../process/output.ts'
import { RUN_ID, type RunId } from '../process/run.ts'
import { within } from '../process/within.ts'
import { freePort } from './free-port.ts'
import { drainCallers } from './in-flight.ts'
import { Readiness } from './readiness.ts'

interface CommandOptions {
  readonly spec: ServiceSpec
  readonly argv: readonly string[]
  readonly mode: Mode
  readonly run: RunId
  readonly clock: Clock
}

/** Launches workers that are any program. */
export class CommandLauncher implements Launcher {
  readonly #options: CommandOptions

  constructor(options: CommandOptions) {
    this.#options = options
  }

  launch(id: WorkerId, listener: WorkerListener): WorkerHandle {
    const worker = new CommandWorker(id, { listener, ...this.#options })
    void worker.begin()
    return worker
  }
}

/** What a program has written before its end is there by then, unless one that it has started holds the pipe open. */
const LAST_OUTPUT_MS = 200

class CommandWorker implements WorkerHandle {
  readonly id: WorkerId
  readonly threadId = null
  readonly startStage = null
  readonly inspected = false
  readonly row = new WorkerRow()
  readonly #options: CommandOptions & { readonly listener: WorkerListener }
  readonly #runId: string
  readonly #ended = new AbortController()
  #child: ChildProcess | null = null
  #port: number | null = null

  constructor(id: WorkerId, options: CommandOptions & { readonly listener: WorkerListener }) {
    this.id = id
    this.#options = options
    this.#runId = `${options.run}/${formatWorkerId(id)}`
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  get place(): Place {
    return { url: `http://127.0.0.1:${this.#port ?? 0}`, keepsHost: true, isWorker: true }
  }

  /** Never rejects: whatever fails is the worker's failure. */
  async begin(): Promise<void> {
    const { listener, spec } = this.#options
    try {
      const env = await this.#environment()
      if (this.#ended.signal.aborted) return
      const readiness = new Readiness(spec.ready, this.#options.clock)
      this.#child = this.#spawn(env, readiness)
      // A oneshot is never ready. What could not be started says so itself.
      if (spec.type === 'oneshot' || this.pid === null) return
      const url = this.#port === null ? null : new URL(`http://127.0.0.1:${this.#port}`)
      const ready = await readiness.wait({ url, cwd: spec.cwd, env }, this.#ended.signal)
      if (ready) listener.loaded({ kind: this.#port === null ? 'background' : 'server', address: null, warnings: [] })
    } catch (error) {
      listener.loadFailed(error)
    }
  }

  accept(): Promise<void> {
    return Promise.resolve()
  }

  drain(terms: DrainTerms): Promise<DrainReport> {
    return drainCallers(this.row, terms, this.#options.clock)
  }

  /** To the whole group: a shell does not pass it on. */
  stop(): Promise<void> {
    const { pid } = this
    if (pid === null) this.terminate()
    else {
      try {
        process.kill(-pid, 'SIGTERM')
      } catch (error) {
        if (!isErrno(error, 'ESRCH')) return Promise.reject(error)
      }
    }
    return Promise.resolve()
  }

  terminate(): void {
    if (this.pid !== null) killTree({ pid: this.pid, runId: this.#runId })
    else if (!this.#ended.signal.aborted) {
      this.#ended.abort()
      queueMicrotask(() => this.#options.listener.exited({ code: 1, error: null }))
    }
  }

  /** Nobody knows of its loop, if it has one. */
  utilisation(): null {
    return null
  }

  async ping(): Promise<Pong> {
    return { ...(await this.weigh()), inspected: false, loopDelayMs: 0 }
  }

  /** What the whole program occupies stands for its heap. */
  async memory(): Promise<MemoryReading | null> {
    const bytes = this.pid === null ? null : await residentBytes(this.pid)
    const limit = this.#options.spec.limits.heapBytes ?? totalmem()
    return bytes === null ? null : { heapUsedBytes: bytes, externalBytes: 0, heapLimitBytes: limit }
  }

  async weigh(): Promise<Weight> {
    return (await this.memory()) ?? { heapUsedBytes: 0, externalBytes: 0, heapLimitBytes: totalmem() }
  }

  cpuTime(): Promise<number | null> {
    return this.pid === null ? Promise.resolve(null) : cpuTimeMs(this.pid)
  }

  check(): Promise<CheckAnswer> {
    return Promise.reject(new Error(`Cannot ask the program of "${this.id.service}" how it is`))
  }

  adopt(): Promise<void> {
    return Promise.reject(new Error('Cannot accept from a socket: a program has its own'))
  }

  mesh(): void {}
  release(): void {}

  async #environment(): Promise<Record<string, string>> {
    const { spec, mode } = this.#options
    const env = await readEnvironment(spec, this.id, mode)
    if (spec.type === 'auto' || spec.type === 'service') this.#port = await freePort()
    const server = this.#port === null ? {} : { HOST: '127.0.0.1', PORT: String(this.#port) }
    return { ...env, ...server, [RUN_ID]: this.#runId }
  }

  #spawn(env: Record<string, string>, readiness: Readiness): ChildProcess {
    const { argv, spec, listener } = this.#options
    const [file = '', ...args] = argv
    // A group of its own: a Ctrl-C in the terminal is for the runtime, which ends it in order; and to be ended as a whole.
    const child = spawn(file, args, { cwd: spec.cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    // For good: one that nobody hears would end the runtime.
    child.on('error', (error) => {
      if (child.pid === undefined) listener.loadFailed(notStarted(file, error))
    })
    // It could not be started, and may have no pipes.
    if (child.pid === undefined) return child
    const output = new ProcessOutput(this.id, {
      stdout: child.stdout,
      stderr: child.stderr,
      onLine: (line) => {
        readiness.heardLine(line.text)
        listener.output(line)
      },
    })
    child.once('exit', (code, signal) => void this.#exited(output, { code, signal }))
    return child
  }

  async #exited(output: ProcessOutput, { code, signal }: { readonly code: number | null; readonly signal: string | null }): Promise<void> {
    const { clock, listener } = this.#options
    this.#ended.abort()
    await within(output.closed, LAST_OUTPUT_MS, clock)
    output.end()
    if (this.pid !== null) await sweepTree({ pid: this.pid, runId: this.#runId }, clock)
    listener.exited({ code: code ?? 128, signal, error: null })
  }
}

function notStarted(file: string, cause: NodeJS.ErrnoException): MeshrtError {
  const state = cause.code === 'ENOENT' ? 'there is no such program' : cause.code === 'EACCES' ? 'it may not be executed' : cause.message
  return new MeshrtError('MESHRT_COMMAND_FAILED', `Cannot start "${file}": ${state}`, { cause })
}
