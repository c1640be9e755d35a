import type { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import type { ItcPort } from './messenger.ts'

/** One end of Node's channel between a process and its child. */
export interface IpcEnd extends Pick<EventEmitter, 'on'> {
  readonly connected: boolean
  send(message: object, handle: unknown, options: object, done: (error: Error | null) => void): boolean
  disconnect(): void
}

/**
 * Messages of this kind are Node's own, says their name, and so are not given to whoever listens for `message`: a service that does
 * would hear ours otherwise. Node's cluster module goes the same way.
 */
const KIND = 'NODE_MESHRT'

/** ITC over Node's channel to a child process. Handles are transferred beside the message. */
export class IpcPort implements ItcPort {
  readonly #end: IpcEnd
  #closed = false

  constructor(end: IpcEnd) {
    this.#end = end
  }

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    if (this.#closed || !this.#end.connected) {
      for (const one of transfer) if (one instanceof Socket) one.destroy()
      return
    }
    // A channel that is no more closes, and that is told.
    this.#end.send({ cmd: KIND, message }, transfer[0], {}, () => {})
  }

  on(event: 'message', listener: (message: unknown, handle?: unknown) => void): void
  on(event: 'close', listener: () => void): void
  on(event: 'message' | 'close', listener: (message?: unknown, handle?: unknown) => void): void {
    if (event === 'close') {
      this.#end.on('disconnect', () => listener())
      return
    }
    this.#end.on('internalMessage', (envelope: unknown, handle: unknown) => {
      if (!this.#closed && isOurs(envelope)) listener(envelope.message, handle)
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#end.connected) this.#end.disconnect()
  }
}

function isOurs(envelope: unknown): envelope is { readonly message: unknown } {
  return typeof envelope === 'object' && envelope !== null && 'cmd' in envelope && envelope.cmd === KIND && 'message' in envelope
}
