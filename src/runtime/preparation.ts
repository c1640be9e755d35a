import { availableParallelism } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { EchoHelper } from '../ingress/echo-helper.ts'
import { ingressStrategy } from '../ingress/strategy.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import { EarlyThreads } from '../pool/early-threads.ts'

/** Environment files may lie where reading takes its time; then the threads come when they come. */
const AT_MOST_MS = 100

/** From so many threads on their useless wakes add up: a hundred take 1.5 % of a core. */
const MANY_WORKERS = 50

/**
 * What takes its time and can begin before the code of a runtime is loaded, while this thread is busy with loading. The runtime's from when that is made;
 * closed by whoever makes none.
 */
export class Preparation {
  /** For the entrypoint's sockets; null where there will be none. Made at once: nearly every runtime has an entrypoint. */
  helper: EchoHelper | null = ingressStrategy(process.platform) === 'address' ? null : new EchoHelper()
  readonly threads = new EarlyThreads()

  /** To be called as soon as it is known what is started. */
  async begin(spec: RuntimeSpec): Promise<void> {
    if (spec.entrypoint === null) this.#closeHelper()
    if (countThreads(spec) > MANY_WORKERS) stopUselessWakes()
    // What comes next keeps this thread busy: nothing of it would begin before that is done.
    const started = this.threads.start(spec, availableParallelism())
    await Promise.race([started, setTimeout(AT_MOST_MS, undefined, { ref: false })])
  }

  close(): void {
    this.#closeHelper()
    this.threads.close()
  }

  #closeHelper(): void {
    this.helper?.close()
    this.helper = null
  }
}

function countThreads({ services }: RuntimeSpec): number {
  return services.reduce(
    (sum, { isolation, source, workers }) => sum + (isolation === 'thread' && source.kind === 'module' ? workers : 0),
    0,
  )
}

/**
 * V8 wakes every thread with a small heap each eight seconds to see whether it is idle and has something to give back. One that only waits allocates nothing by which
 * that could be seen, so that this never ends and never gives anything back. Not for a few threads: code in caches holds for one set of flags, and
 * what Node has of its own modules is compiled anew, a few milliseconds for each thread.
 */
function stopUselessWakes(): void {
  setFlagsFromString('--no-memory-reducer-for-small-heaps')
}
