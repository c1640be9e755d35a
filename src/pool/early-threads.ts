import { isDeepStrictEqual } from 'node:util'
import { readEnvironment } from '../environment/read-environment.ts'
import { formatSlotId, type WorkerId } from '../model/ids.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import { compileCacheOf } from './compile-cache.ts'
import { pickEarlySlots, type EarlySlot } from './early-slots.ts'
import { startThread, threadOptions, type StartedThread, type ThreadOptions } from './start-thread.ts'

interface Early {
  readonly options: ThreadOptions
  readonly thread: StartedThread
  /** Listens for its end, as long as it is nobody's. */
  readonly onEnd: () => void
}

/**
 * Threads that are started before their workers are launched, while the rest of the runtime is still being loaded. A worker takes the one that has exactly
 * the options it would start one with. Nothing of a service runs in them, so that one too many is only ended again.
 */
export class EarlyThreads {
  readonly #bySlot = new Map<string, Early>()
  #closed = false

  /** Starts as many as can run at a time. Never rejects: what goes wrong here goes wrong again where it is reported. */
  async start(spec: RuntimeSpec, parallelism: number): Promise<void> {
    await Promise.all(pickEarlySlots(spec, parallelism).map((early) => this.#startOne(spec, early).catch(() => {})))
  }

  /** Whose owner is the caller from now on; null when there is none with these options. */
  take(id: WorkerId, options: ThreadOptions): StartedThread | null {
    const name = formatSlotId(id)
    const early = this.#bySlot.get(name)
    if (!early || !isDeepStrictEqual(early.options, options)) return null
    this.#bySlot.delete(name)
    early.thread.worker.off('error', early.onEnd).off('exit', early.onEnd)
    return early.thread
  }

  /** Ends those that nobody has taken; no more are started. */
  close(): void {
    this.#closed = true
    // Settled by the thread's exit, which nobody waits for: it holds nothing.
    for (const { thread } of this.#bySlot.values()) void thread.worker.terminate()
    this.#bySlot.clear()
  }

  async #startOne({ mode }: RuntimeSpec, { service: spec, slot }: EarlySlot): Promise<void> {
    const id: WorkerId = { service: spec.id, slot, generation: 1 }
    const env = await readEnvironment(spec, id, mode)
    // What it asks for would be loaded into the thread at once.
    if (this.#closed || env['NODE_OPTIONS'] !== undefined) return
    const options = threadOptions(id, { spec, env: { ...env, ...compileCacheOf(spec, env) }, compiler: [], lineDir: null })
    const thread = startThread(options)
    const name = formatSlotId(id)
    // One that ends by itself is not there for anybody.
    const onEnd = (): void => {
      if (this.#bySlot.get(name)?.thread === thread) this.#bySlot.delete(name)
    }
    thread.worker.on('error', onEnd).on('exit', onEnd)
    this.#bySlot.set(name, { options, thread, onEnd })
  }
}
