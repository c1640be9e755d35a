import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { EchoHelper } from '../ingress/echo-helper.ts'
import { ingressStrategy } from '../ingress/strategy.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import { EarlyThreads } from '../pool/early-threads.ts'

/**
 * What takes its time and can begin before the code of a runtime is loaded, while this thread is busy with loading. The runtime's from when that is made;
 * closed by whoever makes none.
 */
export class Preparation {
  /** For the entrypoint's sockets; null where there will be none. Made at once: nearly every runtime has an entrypoint. */
  helper: EchoHelper | null = ingressStrategy(process.platform) === 'address' ? null : new EchoHelper()
  readonly threads = new EarlyThreads()

  constructor() {
    // V8 wakes a thread with a small heap every eight seconds to see whether it is idle and has something to give back. One that only waits allocates
    // nothing that could show that it is idle, so that this goes on for ever and never gives anything back.
    setFlagsFromString('--no-memory-reducer-for-small-heaps')
  }

  /** To be called as soon as it is known what is started. */
  async begin(spec: RuntimeSpec): Promise<void> {
    if (spec.entrypoint === null) this.#closeHelper()
    // What comes next keeps this thread busy: nothing of it would begin before that is done.
    await this.threads.start(spec, availableParallelism())
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
