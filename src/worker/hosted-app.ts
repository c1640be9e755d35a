import type { WebServer } from './web-server.ts'

/** Any kind of application, seen as a server. */
export interface HostedApp {
  readonly server: WebServer
  /** Makes it listen, through the listen capture; does nothing if the service has called `listen` itself. */
  listen(place: ListenPlace): Promise<void>
  /** The framework's own close, after the drain. */
  readonly close: (() => Promise<void>) | null
}

/** What the service's own log says it listens on. */
export interface ListenPlace {
  readonly host: string
  readonly port: number
}
