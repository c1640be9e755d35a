import { EchoHelper } from '../ingress/echo-helper.ts'
import { ingressStrategy } from '../ingress/strategy.ts'
import type { RuntimeSpec } from '../model/spec.ts'

/** What takes its time and can begin before the code of a runtime is loaded. The runtime's from when it is made; closed by whoever makes none. */
export interface Preparation {
  /** For the entrypoint's sockets. */
  readonly helper: EchoHelper | null
  close(): void
}

export function prepare({ entrypoint }: RuntimeSpec): Preparation {
  const helper = entrypoint !== null && ingressStrategy(process.platform) !== 'address' ? new EchoHelper() : null
  return { helper, close: () => helper?.close() }
}
