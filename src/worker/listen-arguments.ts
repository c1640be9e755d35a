/** What a `server.listen(…)` call asks for, whichever of its forms was used. */
export interface ListenRequest {
  /** 0 when none was asked for. */
  readonly port: number
  readonly host: string | null
  /** Of a unix socket or a pipe. */
  readonly path: string | null
  readonly callback: (() => void) | null
  readonly signal: AbortSignal | null
}

/** `listen(port, host?, backlog?, cb?)`, `listen(path, backlog?, cb?)`, `listen(options, cb?)`, `listen(handle, cb?)`, `listen(cb?)`. */
export function parseListenArguments(args: readonly unknown[]): ListenRequest {
  const [first, second] = args
  const last = args.at(-1)
  const callback = typeof last === 'function' ? (last as () => void) : null
  const nothing: ListenRequest = { port: 0, host: null, path: null, callback, signal: null }
  if (typeof first === 'object' && first !== null) {
    const { port, host, path, signal } = first as { port?: unknown; host?: unknown; path?: unknown; signal?: unknown }
    const isPath = typeof path === 'string' && port === undefined
    return {
      port: portNumber(port),
      host: textOrNull(host),
      path: isPath ? path : null,
      callback,
      signal: signal instanceof AbortSignal ? signal : null,
    }
  }
  if (typeof first === 'string' && !isPortText(first)) return { ...nothing, path: first }
  return { ...nothing, port: portNumber(first), host: textOrNull(second) }
}

function isPortText(text: string): boolean {
  return /^\s*\d+\s*$/.test(text)
}

function portNumber(value: unknown): number {
  if (typeof value === 'string') return isPortText(value) ? Number(value) : 0
  return typeof value === 'number' && Number.isInteger(value) ? value : 0
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
