import type { Listener } from '../service-kind.ts'
import type { HostedApp } from '../hosted-app.ts'
import { http, type WebServer } from '../web-server.ts'

/** Has no `close`: a server without a framework needs none after its drain, and the service's own signal handler may want to do it. */
export function adaptServer(server: WebServer): HostedApp {
  return {
    server,
    async listen({ host, port }) {
      if (server.listening) return
      const listening = Promise.withResolvers<void>()
      server.once('error', listening.reject)
      server.listen({ host, port }, listening.resolve)
      await listening.promise
      server.off('error', listening.reject)
    },
    close: null,
  }
}

export function adaptListener(listener: Listener): HostedApp {
  return adaptServer(http.createServer(listener))
}
