import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { MessagePort } from 'node:worker_threads'
import type { OutputChunk } from '../itc/protocol.ts'
import type { WorkerRow } from '../model/worker-row.ts'

/** How far the runtime may be behind before writes are dropped and counted instead of filling memory. */
const MAX_OUTPUT_BEHIND_BYTES = 8 * 1024 * 1024

type StreamName = OutputChunk['stream']
type Post = (stream: StreamName, bytes: Uint8Array<ArrayBuffer>) => void

/**
 * Sends everything that this thread writes to stdout or stderr to `port`, in the same turn: what was written right before
 * `process.exit()` or a throw still arrives, which a worker's own stdio does not guarantee.
 * Writes to descriptors 1 and 2 go the same way, because loggers (sonic-boom) write there directly.
 */
export function captureOutput(port: MessagePort, row: WorkerRow): void {
  const post: Post = (stream, bytes) => {
    if (bytes.byteLength === 0 || !row.reserveOutput(bytes.byteLength, MAX_OUTPUT_BEHIND_BYTES)) return
    port.postMessage({ stream, bytes } satisfies OutputChunk, [bytes.buffer])
  }
  captureStream(process.stdout, (bytes) => post('stdout', bytes))
  captureStream(process.stderr, (bytes) => post('stderr', bytes))
  captureDescriptors(post)
}

function captureStream(stream: NodeJS.WriteStream, post: (bytes: Uint8Array<ArrayBuffer>) => void): void {
  stream._write = (chunk: unknown, encoding, done) => {
    post(copyOf(chunk, encoding))
    done()
  }
  // Without a `_writev`, corked writes arrive one by one through `_write`.
  Object.assign(stream, { _writev: null })
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown
type Done = (error: null, written: number, data: unknown) => void

function captureDescriptors(post: Post): void {
  replace('writeSync', (original) =>
    onStandardDescriptor(original, (stream, args) => {
      const bytes = writtenBy(args)
      const { byteLength } = bytes
      post(stream, bytes)
      return byteLength
    }),
  )
  replace('write', (original) =>
    onStandardDescriptor(original, (stream, args) => {
      const done = args.at(-1)
      const bytes = writtenBy(args.slice(0, -1))
      const { byteLength } = bytes
      post(stream, bytes)
      if (typeof done === 'function') setImmediate(done as Done, null, byteLength, args[1])
    }),
  )
  replace('writevSync', (original) => onStandardDescriptor(original, (stream, args) => postAll(stream, { views: args[1], post })))
  replace('writev', (original) =>
    onStandardDescriptor(original, (stream, args) => {
      const done = args.at(-1)
      const written = postAll(stream, { views: args[1], post })
      if (typeof done === 'function') setImmediate(done as Done, null, written, args[1])
    }),
  )
  // Has a fast path of its own that never calls writeSync; appendFileSync calls this one.
  replace('writeFileSync', (original) =>
    onStandardDescriptor(original, (stream, args) => post(stream, copyOf(args[1], encodingOf(args[2])))),
  )
  syncBuiltinESMExports()
}

function replace(name: 'write' | 'writeSync' | 'writev' | 'writevSync' | 'writeFileSync', wrap: (original: AnyFunction) => AnyFunction) {
  const original = fs[name] as unknown as AnyFunction
  const replacement = wrap(original)
  // Name, length and what util.promisify() goes by.
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original))
  Object.assign(fs, { [name]: replacement })
}

function onStandardDescriptor(original: AnyFunction, capture: (stream: StreamName, args: readonly unknown[]) => unknown): AnyFunction {
  return function (this: unknown, ...args) {
    if (args[0] === 1) return capture('stdout', args)
    if (args[0] === 2) return capture('stderr', args)
    return original.apply(this, args)
  }
}

function postAll(stream: StreamName, { views, post }: { views: unknown; post: Post }): number {
  let written = 0
  for (const view of views as readonly NodeJS.ArrayBufferView[]) {
    written += view.byteLength
    post(stream, copyOf(view))
  }
  return written
}

/** The bytes of `write(fd, string, position?, encoding?)` and of `write(fd, buffer, offset | options, length)`. */
function writtenBy(args: readonly unknown[]): Uint8Array<ArrayBuffer> {
  const [, data, third, fourth] = args
  if (!ArrayBuffer.isView(data)) return copyOf(data, fourth)
  const options = typeof third === 'object' && third !== null ? (third as { offset?: number; length?: number }) : null
  const offset = (options ? options.offset : (third as number | undefined)) ?? 0
  const length = (options ? options.length : (fourth as number | undefined)) ?? data.byteLength - offset
  return copyOf(new Uint8Array(data.buffer, data.byteOffset + offset, length))
}

function encodingOf(options: unknown): unknown {
  return typeof options === 'object' && options !== null ? (options as { encoding?: unknown }).encoding : options
}

/** Fresh memory, because it is transferred: a Buffer may share its own with others. */
function copyOf(data: unknown, encoding?: unknown): Uint8Array<ArrayBuffer> {
  if (ArrayBuffer.isView(data)) return new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  const isEncoding = typeof encoding === 'string' && Buffer.isEncoding(encoding)
  return new Uint8Array(Buffer.from(String(data), isEncoding ? encoding : 'utf8'))
}
