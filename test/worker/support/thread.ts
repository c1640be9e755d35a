import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { RuntimeDialect } from '../../../src/itc/dialects.ts'
import { Messenger } from '../../../src/itc/messenger.ts'
import type { IngressGrant, OutputChunk, StartReport, StartTerms, ThreadBoot, ThreadPorts } from '../../../src/itc/protocol.ts'
import { serviceId } from '../../../src/model/ids.ts'
import type { ListenMode, ServiceType } from '../../../src/model/spec.ts'
import { EMPTY_SNAPSHOT } from '../../../src/model/routes.ts'
import type { CheckSpec } from '../../../src/model/spec.ts'
import type { StartStage } from '../../../src/model/start-stage.ts'
import { WorkerRow } from '../../../src/model/worker-row.ts'
import { workerClock } from '../../../src/worker/clock.ts'

const ENTRY = new URL('./entry.ts', import.meta.url)
const REAL_ENTRY = new URL('../../../src/worker/main.ts', import.meta.url)

export function servicePath(name: string): string {
  return fileURLToPath(new URL(`../services/${name}`, import.meta.url))
}

export interface ThreadOptions {
  readonly ingress?: IngressGrant
  readonly config?: unknown
  readonly check?: CheckSpec
  readonly preload?: readonly string[]
  readonly type?: ServiceType
  readonly listen?: ListenMode
  readonly slot?: number
  readonly reportFiles?: boolean
  readonly execArgv?: readonly string[]
  /** `src/worker/main.ts` instead of the one with a stand-in for the mesh. */
  readonly main?: 'real'
}

/** A real worker thread that hosts a file, seen from the main thread. */
export class Thread {
  readonly worker: Worker
  readonly row = new WorkerRow()
  readonly warnings: string[] = []
  readonly files: string[] = []
  readonly stages: StartStage[] = []
  /** Resolves with the exit code. */
  readonly exited: Promise<number>
  readonly #messenger: Messenger<RuntimeDialect>
  readonly #bridge: Promise<number>
  readonly #changes = Promise.withResolvers<void>()
  #output = { stdout: '', stderr: '' }
  #error: unknown = null

  constructor(entry: string, options: ThreadOptions = {}) {
    const itc = new MessageChannel()
    const output = new MessageChannel()
    const boot: ThreadBoot = {
      id: { service: serviceId('svc'), slot: options.slot ?? 0, generation: 1 },
      mode: 'start',
      service: {
        path: dirname(entry),
        entry,
        config: options.config ?? null,
        type: options.type ?? 'auto',
        listen: options.listen ?? 'capture',
        check: options.check ?? { kind: 'none' },
        preload: options.preload ?? [],
      },
      mesh: {
        domain: '.plt.local',
        hold: { timeMs: 1000, max: 10 },
        timeouts: { headersMs: 1000, bodyIdleMs: 0 },
        selection: 'round-robin',
        stuckAfterMs: 250,
        retry: { budget: 0.2, minPerSecond: 10 },
        circuit: { failures: 5, openForMs: 1000, maxOpenForMs: 30_000 },
        maxInFlight: 0,
        deny: {},
        streamThresholdBytes: 1000,
      },
      routes: EMPTY_SNAPSHOT,
      lineDir: null,
      ingress: options.ingress ?? null,
      row: this.row.shared,
      reportFiles: options.reportFiles ?? false,
      ownVariables: [],
    }
    this.worker = new Worker(options.main === 'real' ? REAL_ENTRY : ENTRY, {
      workerData: { itc: itc.port2, output: output.port2 } satisfies ThreadPorts,
      transferList: [itc.port2, output.port2],
      stdout: true,
      stderr: true,
      execArgv: [...(options.execArgv ?? [])],
    })
    itc.port1.postMessage(boot)
    this.#messenger = new Messenger<RuntimeDialect>(
      itc.port1,
      {
        calls: {},
        notices: {
          init: () => {},
          starting: ({ stage }) => void this.stages.push(stage),
          mesh: () => {},
          changed: ({ files }) => {
            this.files.push(...files)
            this.#changes.resolve()
          },
          warning: ({ message }) => void this.warnings.push(message),
          pulse: () => {},
          failed: () => {},
        },
      },
      workerClock,
    )
    output.port1.on('message', (chunk: OutputChunk) => this.#take(chunk))
    this.worker.on('error', (error) => (this.#error = error))
    this.#bridge = new Promise((resolve) => {
      this.worker.on('message', (message: { bridge?: number }) => {
        if (message.bridge !== undefined) resolve(message.bridge)
      })
    })
    this.exited = new Promise<number>((resolve) => void this.worker.once('exit', resolve)).then((code) => {
      for (let next = receiveMessageOnPort(output.port1); next; next = receiveMessageOnPort(output.port1)) {
        this.#take(next.message as OutputChunk)
      }
      output.port1.close()
      // The exit may overtake messages.
      for (let next = receiveMessageOnPort(itc.port1); next; next = receiveMessageOnPort(itc.port1)) {
        this.#messenger.receive(next.message as never)
      }
      this.#messenger.close()
      return code
    })
  }

  /** The uncaught error that ended the thread. */
  get error(): unknown {
    return this.#error
  }

  get stdout(): string {
    return this.#output.stdout
  }

  get stderr(): string {
    return this.#output.stderr
  }

  /** Resolves with the first batch of loaded files. */
  get filesReported(): Promise<void> {
    return this.#changes.promise
  }

  async start(accept: StartTerms['accept'] = 'at-once'): Promise<StartReport> {
    const report = await this.#messenger.call('start', { accept }, { deadlineMs: 20_000 })
    this.warnings.push(...report.warnings)
    return report
  }

  check() {
    return this.#messenger.call('check', null, { deadlineMs: 5000 })
  }

  health() {
    return this.#messenger.call('getHealth', null, { deadlineMs: 5000 })
  }

  weigh() {
    return this.#messenger.call('weigh', null, { deadlineMs: 5000 })
  }

  drain(deadlineMs = 5000, idleMs: number | null = null) {
    return this.#messenger.call('drain', { deadlineMs, idleMs }, { deadlineMs: deadlineMs + 5000 })
  }

  stop() {
    return this.#messenger.call('stop', null, { deadlineMs: 5000 })
  }

  accept() {
    return this.#messenger.call('accept', null, { deadlineMs: 5000 })
  }

  adopt(socket: { readonly slot: number; readonly fd: number }) {
    return this.#messenger.call('adopt', socket, { deadlineMs: 5000 })
  }

  release(slot: number): void {
    this.#messenger.notify('release', { slot })
  }

  /** Asks the service as the mesh would. */
  async fetch(path: string, init: Omit<RequestInit, 'headers'> = {}): Promise<Response> {
    const port = await this.#bridge
    return fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers: { connection: 'close', 'content-type': 'application/json' } })
  }

  async terminate(): Promise<void> {
    await this.worker.terminate()
    await this.exited
  }

  #take({ stream, bytes }: OutputChunk): void {
    this.row.outputTaken(bytes.byteLength)
    this.#output = { ...this.#output, [stream]: this.#output[stream] + Buffer.from(bytes).toString() }
  }
}
