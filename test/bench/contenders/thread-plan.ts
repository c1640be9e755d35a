/** Ending of the host names that the runtimes and the interceptor take for theirs. */
export const MESH_DOMAIN = '.plt.local'

type Transport = 'tcp' | 'interceptor'

/** Services in worker threads of one process. The last one is what the benchmark talks to; it may call those before it. */
export interface ThreadPlan {
  readonly transport: Transport
  readonly services: readonly { readonly id: string; readonly module: string }[]
  /** Size of undici's pool per origin; null = undici's default, which is no limit. */
  readonly connections: number | null
}

/** `workerData` of one thread. */
export interface ThreadSetup {
  /** URL of the service's module. */
  readonly module: string
  /** Service → where it listens, of those started before. */
  readonly origins: Readonly<Record<string, string>>
  readonly transport: Transport
  readonly connections: number | null
}

export interface Listening {
  readonly kind: 'listening'
  readonly url: string
}
