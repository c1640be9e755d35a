import autocannon from 'autocannon'

export interface OutsideLoad {
  readonly requests: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Cores that the load generator itself took. */
  readonly loadCores: number
}

/**
 * Load from this process on another: autocannon, one request at a time on each connection. It takes part of the machine, which on few
 * cores makes differences look smaller than they are; hence `loadCores`.
 */
export async function outsideLoad(
  url: string,
  { connections, durationMs, body }: { readonly connections: number; readonly durationMs: number; readonly body: string },
): Promise<OutsideLoad> {
  const before = process.cpuUsage()
  const result = await autocannon({ url, connections, pipelining: 1, duration: durationMs / 1000, expectBody: body })
  const { user, system } = process.cpuUsage(before)
  const { errors, timeouts, mismatches, non2xx, requests, duration, latency } = result
  if (errors + timeouts + mismatches + non2xx > 0 || requests.total === 0) {
    throw new Error(`${url}: ${JSON.stringify({ requests: requests.total, errors, timeouts, mismatches, non2xx })}`)
  }
  const perSecond = requests.total / duration
  return { requests: requests.total, perSecond, p50Ms: latency.p50, p99Ms: latency.p99, loadCores: (user + system) / 1e6 / duration }
}
