import type { Control } from '../control/open-control.ts'
import type { ControlPort } from '../control/port.ts'
import { errorDocument, renderError } from '../errors/render.ts'
import { GuardianLink } from '../guardian/guardian-link.ts'
import { LOG_FILE } from '../guardian/messages.ts'
import type { GuardianPort } from '../runtime/guardian-port.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { configDocument } from './config-document.ts'

/** So many threads that do not end are too much memory and CPU to go on with: the guardian starts a fresh runtime. */
const MAX_ABANDONED = 3

/** Those that are still there: one that ended after all is no burden. */
function countAbandoned({ port }: Runtime): number {
  return port.view().abandoned.length
}

/** What a runtime owes to its guardian, and to whoever started it in the background. Does nothing where there is neither. */
export class Oversight {
  readonly #link: GuardianLink | null
  /** Where the log goes when nobody sees stdout. */
  readonly logFile: string | null
  #recycling = false

  static async begin(env: NodeJS.ProcessEnv): Promise<Oversight> {
    const logFile = env[LOG_FILE] ?? null
    delete env[LOG_FILE]
    return new Oversight(await GuardianLink.open(env), logFile)
  }

  private constructor(link: GuardianLink | null, logFile: string | null) {
    this.#link = link
    this.logFile = logFile
  }

  get guardianPid(): number | null {
    return this.#link === null || this.#link.isLost ? null : this.#link.guardianPid
  }

  get port(): GuardianPort | null {
    const link = this.#link
    if (link === null) return null
    return {
      pid: () => this.guardianPid,
      reboot: link.reboot,
      vault: {
        take: () => link.takeSockets(),
        keep: (key, handle) => link.keepSocket(key, handle),
        drop: (key) => link.dropSocket(key),
      },
      onLost: (listener) => link.onLost(listener),
    }
  }

  /** Not the first runtime that was started with these arguments. */
  get isReboot(): boolean {
    return this.#link !== null && this.#link.reboot !== null
  }

  /** The process ends for the guardian to start another one. */
  get isRebooting(): boolean {
    return this.#recycling && this.guardianPid !== null
  }

  /** An operator's stop wins over a recycling that is on its way. */
  stopAsked(): void {
    this.#recycling = false
    this.#link?.tell({ type: 'stopping' })
  }

  watch({ runtime, control }: { readonly runtime: Runtime; readonly control: Control }): void {
    const link = this.#link
    if (link === null) return
    link.tell({ type: 'locked' })
    link.onLost(() => control.goUnguarded())
    let isBooting = false
    runtime.onEvent(({ event }) => {
      if (event.type === 'worker.launched' && !isBooting) {
        isBooting = true
        link.tell({ type: 'booting', socket: control.socket })
      }
      if (event.type === 'runtime.started') link.tell({ type: 'started' })
      if (event.type === 'runtime.stopping' && event.reason !== 'recycle') link.tell({ type: 'stopping' })
      if (event.type === 'worker.abandoned' && countAbandoned(runtime) >= MAX_ABANDONED) this.#recycle(runtime)
    })
  }

  /** What the control socket is served with. */
  portOf(runtime: Runtime): ControlPort {
    const { port } = runtime
    return {
      ...port,
      config: () => configDocument(runtime.spec),
      stop: () => {
        this.stopAsked()
        return port.stop()
      },
    }
  }

  failed(error: unknown): void {
    this.#link?.failed(renderError(error, { colour: false }), errorDocument(error))
  }

  /** To be called last: whatever ends the process after it, the guardian reports this code. */
  async leaving(code: number): Promise<void> {
    await this.#link?.leaving(code, this.isRebooting ? 'reboot' : 'end')
  }

  #recycle(runtime: Runtime): void {
    if (this.guardianPid === null || this.#recycling) return
    this.#recycling = true
    // How it ends is what `runtime.ended` tells.
    runtime.stop('recycle').catch(() => {})
  }
}
