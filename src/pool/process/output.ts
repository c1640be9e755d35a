import type { Readable } from 'node:stream'
import type { WorkerId } from '../../model/ids.ts'
import type { LogLine } from '../../model/log-line.ts'
import { LineAssembler } from '../line-assembler.ts'

/** How V8 begins what it writes when it gives up. */
const OUT_OF_MEMORY = /^FATAL ERROR: .*(?:heap out of memory|Allocation failed)/

/** A process's output as whole lines, read as fast as it comes: a process that writes into a full pipe stands still. */
export class ProcessOutput {
  readonly #streams: readonly Readable[]
  readonly #lines: readonly LineAssembler[]
  readonly #closed: Promise<unknown>
  /** V8 has written that the heap is exhausted. */
  outOfMemory = false

  constructor(id: WorkerId, { stdout, stderr, onLine }: { stdout: Readable; stderr: Readable; onLine: (line: LogLine) => void }) {
    const take = (stream: LogLine['stream']) => (text: string) => {
      if (stream === 'stderr' && OUT_OF_MEMORY.test(text)) this.outOfMemory = true
      onLine({ atMs: Date.now(), service: id.service, slot: id.slot, generation: id.generation, stream, text })
    }
    this.#streams = [stdout, stderr]
    this.#lines = [new LineAssembler(take('stdout')), new LineAssembler(take('stderr'))]
    this.#closed = Promise.all(
      this.#streams.map((stream, index) => {
        stream.on('data', (bytes: Buffer) => this.#lines[index]?.push(bytes))
        return new Promise((resolve) => stream.once('close', resolve))
      }),
    )
  }

  /** Everything has been read; never, while something else holds the other end open. */
  get closed(): Promise<unknown> {
    return this.#closed
  }

  /** Nothing comes after this. */
  end(): void {
    for (const stream of this.#streams) stream.destroy()
    for (const lines of this.#lines) lines.end()
  }
}
