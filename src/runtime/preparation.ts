import { availableParallelism } from 'node:os'
import { EchoHelper } from '../ingress/echo-helper.ts'
import { ingressStrategy } from '../ingress/strategy.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import { EarlyThreads } from '../pool/early-threads.ts'

/** What takes its time and can begin before the code of a runtime is loaded. The runtime's from when it is made; closed by whoever makes none. */
export interface Preparation {
  /** For the entrypoint's sockets. */
  readonly helper: EchoHelper | null
  readonly threads: EarlyThreads
  close(): void
}

export async function prepare(spec: RuntimeSpec): Promise<Preparation> {
  const helper = spec.entrypoint !== null && ingressStrategy(process.platform) !== 'address' ? new EchoHelper() : null
  const threads = new EarlyThreads()
  // What comes next keeps this thread busy: nothing of it would begin before that is done.
  await threads.start(spec, availableParallelism())
  return {
    helper,
    threads,
    close: () => {
      helper?.close()
      threads.close()
    },
  }
}
