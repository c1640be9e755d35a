import type { ErrorDocument } from '../errors/render.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Reboot } from '../model/reboot.ts'
import { GUARDED, isGuarded, type ToGuardian, type ToRuntime } from './messages.ts'

const WELCOME_MS = 10_000
/** A guardian that does not take the last word is not waited for: the process ends all the same. */
const SEND_MS = 1000

/** A socket as Node holds it below `net.Server`. */
export interface SocketHandle {
  readonly fd: number
  getsockname(out: object): number
  close(): void
}

/** The runtime's end of the channel to its guardian. */
export class GuardianLink {
  readonly guardianPid: number
  /** Null for the first runtime of this guardian. */
  readonly reboot: Reboot | null
  readonly #inherited: Map<number, SocketHandle>
  #isLost = !process.connected

  /** Null when nobody guards this process. @throws MESHRT_START_FAILED when the guardian says nothing */
  static async open(env: NodeJS.ProcessEnv): Promise<GuardianLink | null> {
    const guarded = isGuarded(env)
    // Neither a service nor a helper process is to believe that it is guarded.
    delete env[GUARDED]
    return guarded ? new GuardianLink(await receiveWelcome()) : null
  }

  private constructor({ welcome, sockets }: Welcomed) {
    this.guardianPid = welcome.guardianPid
    this.reboot = welcome.reboot
    this.#inherited = sockets
    process.once('disconnect', () => (this.#isLost = true))
    // The channel is no reason to stay.
    process.channel?.unref()
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** Called once, when the guardian has gone and the runtime has not been told to: it was killed. */
  onLost(listener: () => void): void {
    if (this.#isLost) listener()
    else process.once('disconnect', listener)
  }

  /** The listening sockets of the runtime before this one. They are the caller's from now on. */
  takeSockets(): ReadonlyMap<number, SocketHandle> {
    const sockets = new Map(this.#inherited)
    this.#inherited.clear()
    return sockets
  }

  keepSocket(key: number, handle: SocketHandle): void {
    this.#send({ type: 'socket', key }, handle)
  }

  dropSocket(key: number): void {
    this.#send({ type: 'drop', key })
  }

  tell(message: Extract<ToGuardian, { type: 'locked' | 'booting' | 'started' | 'stopping' }>): void {
    this.#send(message)
  }

  failed(text: string, document: ErrorDocument): void {
    this.#send({ type: 'failed', text, document })
  }

  /** Resolves when the guardian has it, so that the process may end, by whatever means. */
  async leaving(code: number, next: 'end' | 'reboot'): Promise<void> {
    if (this.#isLost) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, SEND_MS)
    this.#send({ type: 'leaving', code, next }, undefined, resolve)
    await promise
    clearTimeout(timer)
  }

  #send(message: ToGuardian, handle?: SocketHandle, done: () => void = () => {}): void {
    if (this.#isLost || process.send === undefined) return done()
    // A channel that breaks meanwhile is told by its `disconnect`.
    process.send(message, handle as never, { keepOpen: true }, () => done())
  }
}

interface Welcomed {
  readonly welcome: Extract<ToRuntime, { type: 'welcome' }>
  readonly sockets: Map<number, SocketHandle>
}

async function receiveWelcome(): Promise<Welcomed> {
  const { promise, resolve, reject } = Promise.withResolvers<Welcomed>()
  const sockets = new Map<number, SocketHandle>()
  let welcome: Welcomed['welcome'] | null = null
  const hear = (message: unknown, handle: unknown): void => {
    const said = message as ToRuntime
    if (said.type === 'welcome') welcome = said
    else sockets.set(said.key, handle as SocketHandle)
    if (welcome !== null && sockets.size >= welcome.sockets) resolve({ welcome, sockets })
  }
  const silent = (): void => reject(new MeshrtError('MESHRT_START_FAILED', 'Cannot start: the guardian says nothing'))
  const timer = setTimeout(silent, WELCOME_MS)
  process.on('message', hear)
  process.once('disconnect', silent)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    process.off('message', hear)
    process.off('disconnect', silent)
  }
}
