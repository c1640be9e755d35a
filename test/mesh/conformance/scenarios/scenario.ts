import type { Ability, Call, Client, EventClient, HttpClient, SocketClient } from '../clients/client.ts'
import type { Seen } from '../seen.ts'
import type { Route } from '../servers/kind.ts'

/** Something that clients do to servers, whatever carries it. */
export type Scenario = Of<HttpClient, 'http'> | Of<EventClient, 'events'> | Of<SocketClient, 'socket'>

interface Of<C extends Client, K extends C['kind']> {
  readonly kind: K
  readonly name: string
  /** What the server must offer. */
  readonly routes: readonly Route[]
  /** Only for servers that do not offer it. */
  readonly without?: Route
  /** What the client must be able to do. */
  readonly abilities: readonly Ability[]
  run(client: C, at: Place): Promise<readonly Seen[]>
  /** Must hold over both transports: two equal observations of nothing would be equal, too. */
  check(seen: readonly Seen[], client: C): void
}

/** One server, over one transport, for one exchange. */
export interface Place {
  /** With the exchange's own id in it. */
  url(path: string): string
  /** The server's handler has told of that. */
  noted(line: string): Promise<void>
}

/** A scenario of one request. */
export function oneCall(
  name: string,
  options: {
    readonly routes: readonly Route[]
    readonly abilities?: readonly Ability[]
    readonly path: string
    readonly call?: Omit<Call, 'url'>
    readonly check: (seen: Seen, client: HttpClient) => void
  },
): Scenario {
  return {
    kind: 'http',
    name,
    routes: options.routes,
    abilities: options.abilities ?? [],
    run: async (client, at) => [await client.exchange({ ...options.call, url: at.url(options.path) })],
    check: ([seen], client) => options.check(seen ?? {}, client),
  }
}
