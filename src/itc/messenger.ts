import { Socket } from 'node:net'
import { MessagePort } from 'node:worker_threads'
import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Clock } from '../model/clock.ts'
import { fromErrorInfo, toErrorInfo, type ErrorInfo } from '../model/failure.ts'

type Calls = { [type: string]: { params: unknown; result: unknown } }
type Notices = { [type: string]: unknown }

/** What one end sends (`out`) and hears (`in`). */
export interface Dialect {
  callsOut: Calls
  callsIn: Calls
  noticesOut: Notices
  noticesIn: Notices
}

/** What this end does when the other end speaks. A call's answer is what its handler returns or throws. */
export interface Handlers<D extends Dialect> {
  readonly calls: {
    readonly [T in keyof D['callsIn']]: (
      params: D['callsIn'][T]['params'],
      handle: unknown,
    ) => D['callsIn'][T]['result'] | Promise<D['callsIn'][T]['result']>
  }
  readonly notices: { readonly [T in keyof D['noticesIn']]: (params: D['noticesIn'][T], handle: unknown) => void }
}

/** What carries the frames: a MessagePort between threads, the channel to a child process. */
export interface ItcPort {
  /** What is transferred is the receiver's from then on: it is in the message (between threads), or comes beside it (a handle, to a process). */
  postMessage(message: unknown, transfer?: readonly unknown[]): void
  on(event: 'message', listener: (message: unknown, handle?: unknown) => void): unknown
  on(event: 'close', listener: () => void): unknown
  close(): void
}

type Frame =
  | { readonly kind: 'call'; readonly id: number; readonly type: string; readonly params: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: ErrorInfo }
  | { readonly kind: 'notice'; readonly type: string; readonly params: unknown }

interface Pending {
  readonly type: string
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly cancelDeadline: () => void
}

/**
 * Typed calls (answered, within a deadline) and notices (not answered) over a port.
 * Owns the port: `close()` ends it, and every pending call with it.
 */
export class Messenger<D extends Dialect> {
  readonly #port: ItcPort
  readonly #handlers: Handlers<D>
  readonly #clock: Clock
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #closed = false

  constructor(port: ItcPort, handlers: Handlers<D>, clock: Clock) {
    this.#port = port
    this.#handlers = handlers
    this.#clock = clock
    port.on('message', (frame: unknown, handle?: unknown) => this.receive(frame, handle))
    port.on('close', () => this.close())
  }

  /**
   * @throws MeshrtError MESHRT_ITC_TIMEOUT when the deadline passes, MESHRT_ITC_CLOSED when either end closes first;
   * otherwise whatever the handler threw, rebuilt.
   */
  call<T extends keyof D['callsOut'] & string>(
    type: T,
    params: D['callsOut'][T]['params'],
    options: { readonly deadlineMs: number; readonly transfer?: readonly unknown[] },
  ): Promise<D['callsOut'][T]['result']> {
    if (this.#closed) return Promise.reject(closedError(type))
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      const cancelDeadline = this.#clock.schedule(options.deadlineMs, () => {
        // When this thread itself was late, the answer may be in the queue already: let one turn of the loop deliver it.
        setImmediate(() => {
          if (!this.#pending.delete(id)) return
          reject(new MeshrtError('MESHRT_ITC_TIMEOUT', `Cannot complete "${type}": no answer within ${options.deadlineMs} ms`))
        })
      })
      this.#pending.set(id, { type, resolve, reject, cancelDeadline })
      this.#post({ kind: 'call', id, type, params }, options.transfer)
    })
  }

  notify<T extends keyof D['noticesOut'] & string>(type: T, params: D['noticesOut'][T], transfer: readonly unknown[] = []): void {
    if (!this.#closed) this.#post({ kind: 'notice', type, params }, transfer)
    // Whoever holds the other end of a port learns that it leads nowhere, and nothing keeps this end.
    else for (const one of transfer) letGo(one)
  }

  /** Handles one frame; public so that frames still queued in a dead worker's port can be drained into it. */
  receive(message: unknown, handle?: unknown): void {
    // Both ends are ours, and nobody else has the port.
    const frame = message as Frame
    switch (frame.kind) {
      case 'call':
        void this.#answer(frame, handle)
        return
      case 'notice':
        this.#handlers.notices[frame.type]?.(frame.params as never, handle)
        return
      case 'result':
        this.#settle(frame.id)?.resolve(frame.value)
        return
      case 'error':
        this.#settle(frame.id)?.reject(fromErrorInfo(frame.error))
        return
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#port.close()
    for (const [id, pending] of this.#pending) {
      this.#settle(id)
      pending.reject(closedError(pending.type))
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.cancelDeadline()
    return pending
  }

  /** Never rejects: a handler's failure is the answer. */
  async #answer({ id, type, params }: Extract<Frame, { kind: 'call' }>, handle: unknown): Promise<void> {
    try {
      const handler = this.#handlers.calls[type]
      if (!handler) throw new MeshrtError('MESHRT_INTERNAL', `Cannot handle "${type}": no such call`)
      const value = await handler(params, handle)
      if (!this.#closed) this.#post({ kind: 'result', id, value })
    } catch (error) {
      if (!this.#closed) this.#post({ kind: 'error', id, error: toErrorInfo(error) })
    }
  }

  #post(frame: Frame, transfer: readonly unknown[] = []): void {
    this.#port.postMessage(frame, transfer)
  }
}

function letGo(transferred: unknown): void {
  if (transferred instanceof MessagePort) transferred.close()
  else if (transferred instanceof Socket) transferred.destroy()
}

function closedError(type: string): MeshrtError {
  return new MeshrtError('MESHRT_ITC_CLOSED', `Cannot complete "${type}": the other end has closed`)
}
