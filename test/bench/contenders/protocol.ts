/** What a contender's process is asked over its IPC channel; each is answered by one `Reply` of the same id. */
export interface Order {
  readonly id: number
  readonly kind: 'usage' | 'watch-memory' | 'report-memory' | 'stop'
}

export interface Usage {
  /** CPU time of the whole process, all threads, since it began. */
  readonly cpuUs: number
  readonly rssBytes: number
}

export interface MemoryReport {
  readonly peakBytes: number
  readonly samples: number
}

export type Notice = Ready | { readonly kind: 'reply'; readonly id: number; readonly value: unknown }

export interface Ready {
  readonly kind: 'ready'
  /** Where the service that the benchmark talks to is reached from outside. */
  readonly url: string
  /** Service → where the others call it. */
  readonly origins: Readonly<Record<string, string>>
}
