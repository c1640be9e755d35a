import type { Readable } from 'node:stream'
import { receiveMessageOnPort, type MessagePort, type Worker } from 'node:worker_threads'
import type { OutputChunk } from '../itc/protocol.ts'
import type { Clock } from '../model/clock.ts'
import type { WorkerId } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import type { WorkerRow } from '../model/worker-row.ts'
import { LineAssembler } from './line-assembler.ts'

export interface OutputReaderOptions {
  readonly port: MessagePort
  readonly worker: Worker
  readonly row: WorkerRow
  readonly onLine: (line: LogLine) => void
  /** So many writes did not fit since the last time. */
  readonly onDropped: (writes: number) => void
  readonly clock: Clock
}

/** While a flood lasts, what it costs is told this often. */
const DROPS_TOLD_EVERY_MS = 1000

/**
 * A worker's output as whole lines. The thread posts what it writes to a port of its own, because what is written to
 * the thread's standard streams is lost when the thread is terminated or runs out of memory; the streams are read too,
 * for what Node itself writes there before the thread's code runs.
 */
export class OutputReader {
  readonly #port: MessagePort
  readonly #row: WorkerRow
  readonly #onDropped: (writes: number) => void
  readonly #clock: Clock
  #dropsToldAtMs: number
  readonly #lines: Record<'stdout' | 'stderr', LineAssembler>

  constructor(id: WorkerId, { port, worker, row, onLine, onDropped, clock }: OutputReaderOptions) {
    const assembler = (stream: 'stdout' | 'stderr') =>
      new LineAssembler((text) => onLine({ atMs: Date.now(), service: id.service, slot: id.slot, generation: id.generation, stream, text }))
    this.#port = port
    this.#row = row
    this.#onDropped = onDropped
    this.#clock = clock
    this.#dropsToldAtMs = clock.nowMs()
    this.#lines = { stdout: assembler('stdout'), stderr: assembler('stderr') }
    port.on('message', (chunk: OutputChunk) => this.#take(chunk))
    this.#readStream(worker.stdout, 'stdout')
    this.#readStream(worker.stderr, 'stderr')
  }

  /** Takes what is still queued; nothing comes after this. */
  end(): void {
    for (let queued = receiveMessageOnPort(this.#port); queued; queued = receiveMessageOnPort(this.#port)) this.#take(queued.message)
    this.#port.close()
    this.#lines.stdout.end()
    this.#lines.stderr.end()
    this.#tellDropped()
  }

  #take(chunk: OutputChunk): void {
    this.#row.outputTaken(chunk.bytes.byteLength)
    this.#lines[chunk.stream].push(chunk.bytes)
    if (this.#row.isOutputTaken || this.#clock.nowMs() - this.#dropsToldAtMs >= DROPS_TOLD_EVERY_MS) this.#tellDropped()
  }

  #tellDropped(): void {
    this.#dropsToldAtMs = this.#clock.nowMs()
    const writes = this.#row.takeDropped()
    if (writes > 0) this.#onDropped(writes)
  }

  #readStream(stream: Readable, name: 'stdout' | 'stderr'): void {
    stream.on('data', (bytes: Buffer) => this.#lines[name].push(bytes))
  }
}
