import { spawn, type ChildProcess } from 'node:child_process'
import net from 'node:net'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { RuntimeDialect } from '../../itc/dialects.ts'
import { IpcPort } from '../../itc/ipc-port.ts'
import { Messenger } from '../../itc/messenger.ts'
import { fromErrorInfo } from '../../model/failure.ts'
import { formatWorkerId, type WorkerId } from '../../model/ids.ts'
import type { MeshToWorker, RouteSnapshot } from '../../model/routes.ts'
import { execArgvOf } from '../exec-argv.ts'
import type { StartStage } from '../../model/start-stage.ts'
import type { Habitat, Incarnation, IncarnationOrder } from '../incarnation.ts'
import type { MemoryReading, WorkerListener } from '../launcher.ts'
import { CAN_DENY_NET } from '../permission-flags.ts'
import { readablePlaces } from '../readable-places.ts'
import { workerBoot } from '../worker-boot.ts'
import { cpuTimeMs } from './proc.ts'
import { killTree, sweepTree } from './kill-tree.ts'
import { LineBroker } from './line-broker.ts'
import { ProcessOutput } from './output.ts'
import { RUN_ID, type RunId } from './run.ts'
import { within } from './within.ts'
import { Utilisation } from './utilisation.ts'
import { v8Flags } from '../v8-flags.ts'
import { ownEntry } from '../../model/own-files.ts'

const PROCESS_FILE = fileURLToPath(ownEntry('worker/process/main'))

/** Where the child finds the socket that it listens on: behind the standard streams and the channel. */
const INGRESS_FD = 4

/** What a process has written before its end is there by then, unless one that it has started holds the pipe open. */
const LAST_OUTPUT_MS = 200

/** Stands for the code that there is none of; shells add the signal's number. */
const EXIT_BY_SIGNAL = 128

/** How long an answer about memory may take; nobody waits that long. */
const MEMORY_MS = 60_000

/** Processes of their own. `run` is in the environment of everything that they start. */
export function processes(run: RunId): Habitat {
  return { place: 'process', create: (id, order) => new Child(id, { order, runId: `${run}/${formatWorkerId(id)}` }) }
}

class Child implements Incarnation {
  readonly messenger: Messenger<RuntimeDialect>
  readonly threadId = null
  startStage: StartStage | null = null
  readonly #id: WorkerId
  readonly #order: IncarnationOrder
  readonly #runId: string
  readonly #child: ChildProcess
  readonly #output: ProcessOutput
  readonly #listener: WorkerListener
  readonly #lines: LineBroker
  readonly #utilisation: Utilisation
  readonly #gone = Promise.withResolvers<void>()
  #discarded = false
  #error: unknown = null

  constructor(id: WorkerId, { order, runId }: { readonly order: IncarnationOrder; readonly runId: string }) {
    const { clock } = order.options
    this.#id = id
    this.#order = order
    this.#runId = runId
    this.#listener = order.listener
    try {
      this.#child = launch(order, runId)
    } catch (error) {
      if (order.grant) order.options.ingress?.takeBack(order.grant)
      throw error
    }
    // A process that could not be started has no pipes; `error` follows.
    const { stdout, stderr } = this.#child
    const nothing = (): Readable => Readable.from([])
    this.#output = new ProcessOutput(id, {
      stdout: stdout ?? nothing(),
      stderr: stderr ?? nothing(),
      onLine: (line) => order.listener.output(line),
    })
    this.#utilisation = new Utilisation(clock.nowMs())
    const port = new IpcPort(this.#child)
    this.messenger = new Messenger<RuntimeDialect>(port, { calls: {}, notices: this.#notices() }, clock)
    this.#lines = new LineBroker((path, socket) => this.messenger.notify('line', { path }, socket === null ? [] : [socket]))
    const disconnected = new Promise((resolve) => this.#child.once('disconnect', resolve))
    this.#child.once('exit', (code, signal) => void this.#ended({ code, signal, disconnected }))
    // For good: one that nobody hears would end the runtime.
    this.#child.on('error', (error) => {
      this.#error ??= error
      // It was not even started.
      if (this.#child.pid === undefined) void this.#ended({ code: null, signal: null, disconnected: null })
    })
    const ingress = order.grant?.kind === 'descriptor' ? ({ kind: 'descriptor', fd: INGRESS_FD } as const) : order.grant
    try {
      const { options, ownVariables } = order
      port.postMessage(workerBoot(id, { options, routes: withoutRows(options.routes()), ingress, ownVariables }))
    } catch (error) {
      // Its `config` cannot be cloned.
      this.#discarded = true
      this.terminate()
      throw error
    } finally {
      // The child has a duplicate of its own.
      if (order.grant) order.options.ingress?.takeBack(order.grant)
    }
  }

  get pid(): number | null {
    return this.#child.pid ?? null
  }

  utilisation(): number {
    return this.#utilisation.share(this.#order.options.clock.nowMs())
  }

  async memory(): Promise<MemoryReading | null> {
    return this.messenger.call('getHealth', null, { deadlineMs: MEMORY_MS }).catch(() => null)
  }

  cpuTime(): Promise<number | null> {
    return this.pid === null ? Promise.resolve(null) : cpuTimeMs(this.pid)
  }

  mesh(message: MeshToWorker): void {
    switch (message.type) {
      case 'snapshot':
        this.messenger.notify('mesh', { ...message, snapshot: withoutRows(message.snapshot) })
        return
      case 'accept':
        this.messenger.notify('mesh', message)
        if (message.line.kind === 'socket') this.#lines.connect(message.line.path)
        return
      case 'gone':
        this.messenger.notify('mesh', message)
    }
  }

  async adopt({ slot, fd }: { readonly slot: number; readonly fd: number }, deadline: { readonly deadlineMs: number }): Promise<void> {
    const handle = openListening(fd)
    try {
      await this.messenger.call('adopt', { slot, fd: null }, { ...deadline, transfer: [handle] })
    } finally {
      // What was sent is a duplicate.
      handle.close()
    }
  }

  terminate(): void {
    if (this.pid !== null) killTree({ pid: this.pid, runId: this.#runId })
  }

  async discard(): Promise<void> {
    this.#discarded = true
    this.terminate()
    await this.#gone.promise
  }

  #notices(): ConstructorParameters<typeof Messenger<RuntimeDialect>>[1]['notices'] {
    const listener = this.#listener
    const { row, options } = this.#order
    return {
      init: () => listener.initialised(),
      mesh: (message) => {
        // Before the other end hears of it.
        if (message.type === 'connect' && message.line.kind === 'socket') this.#lines.listen(message.line.path)
        listener.mesh(message)
      },
      starting: ({ stage }) => (this.startStage = stage),
      changed: ({ files }) => listener.changed(files),
      warning: ({ message }) => listener.warned(message),
      pulse: (pulse) => {
        this.#utilisation.heard(pulse, options.clock.nowMs())
        row.copyFrom(pulse.cells)
      },
      failed: ({ error }) => (this.#error ??= fromErrorInfo(error)),
    }
  }

  async #ended({ code, signal, disconnected }: Ending): Promise<void> {
    const { clock } = this.#order.options
    // What it has said before its end comes first: on the channel, and on the pipes unless something that it has started holds them open.
    await within(Promise.all([disconnected, this.#output.closed]), LAST_OUTPUT_MS, clock)
    this.messenger.close()
    this.#lines.close()
    this.#output.end()
    if (this.pid !== null) await sweepTree({ pid: this.pid, runId: this.#runId }, clock)
    this.#gone.resolve()
    if (this.#discarded) return
    const error = this.#output.outOfMemory ? outOfMemory(this.#id) : this.#error
    this.#listener.exited({ code: code ?? EXIT_BY_SIGNAL, signal, error })
  }
}

interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Null for what was never connected. */
  readonly disconnected: Promise<unknown> | null
}

function launch({ env, grant, compiler, options }: IncarnationOrder, runId: string): ChildProcess {
  const { spec } = options
  const lines = options.lineDir === null ? [] : [options.lineDir]
  const execArgv = execArgvOf(spec, {
    compiler,
    canDenyNet: CAN_DENY_NET,
    readable: spec.permissions ? [...readablePlaces(spec), ...lines] : [],
    writable: lines,
  })
  return spawn(process.execPath, [...v8Flags(spec.limits), ...execArgv, PROCESS_FILE, ...spec.node.argv], {
    cwd: spec.cwd,
    env: { ...env, [RUN_ID]: runId },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', ...(grant?.kind === 'descriptor' ? [grant.fd] : [])],
    serialization: 'advanced',
    // A group of its own: a Ctrl-C in the terminal is for the runtime, which ends it in order; and to be killed as a whole.
    detached: true,
  })
}

/** Memory cannot be shared with a process. */
function withoutRows(snapshot: RouteSnapshot): RouteSnapshot {
  const services = Object.entries(snapshot.services).map(([id, route]) => [
    id,
    { ...route, targets: route.targets.map((target) => ({ ...target, row: null })) },
  ])
  return { ...snapshot, services: Object.fromEntries(services) as RouteSnapshot['services'] }
}

interface ListeningHandle {
  close(): void
}

interface NetInternals {
  /** Answers a negative errno on failure. */
  _createServerHandle(address: null, port: null, type: null, fd: number): ListeningHandle | number
}

function openListening(fd: number): ListeningHandle {
  const handle = (net as unknown as NetInternals)._createServerHandle(null, null, null, fd)
  if (typeof handle === 'number') throw Object.assign(new Error(`Cannot open descriptor ${fd}: errno ${handle}`), { errno: handle })
  return handle
}

function outOfMemory({ service }: WorkerId): Error {
  return Object.assign(new Error(`The process of "${service}" reached the limit of its heap`), { code: 'ERR_WORKER_OUT_OF_MEMORY' })
}
