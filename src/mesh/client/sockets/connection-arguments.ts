/** What `net.connect` and `socket.connect` were asked for, as far as the mesh looks at it. */
export interface ConnectionRequest {
  readonly host: string
  readonly port: number
  readonly onConnect: (() => void) | null
}

/**
 * From any of the shapes: options, port and host, or Node's own array of options and callback. Null when no host is named, as
 * for the path of a unix socket.
 */
export function parseConnection(given: readonly unknown[]): ConnectionRequest | null {
  const args: readonly unknown[] = Array.isArray(given[0]) ? given[0] : given
  const [first, second] = args
  const { host, port, path } = typeof first === 'object' && first !== null ? (first as Options) : { host: second, port: first, path: null }
  if (typeof host !== 'string' || path) return null
  const last = args.at(-1)
  return { host, port: Number(port) || HTTP_PORT, onConnect: typeof last === 'function' ? (last as () => void) : null }
}

interface Options {
  readonly host?: unknown
  readonly port?: unknown
  readonly path?: unknown
}

const HTTP_PORT = 80
