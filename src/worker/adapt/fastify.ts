import type { FastifyApp } from '../service-kind.ts'
import type { HostedApp, ListenPlace } from '../hosted-app.ts'

/** Listens through Fastify itself, because only that runs `onListen` hooks. */
export function adaptFastify(app: FastifyApp): HostedApp {
  return {
    server: app.server,
    async listen({ host, port }: ListenPlace) {
      await app.ready()
      // The service may have called `app.listen()` itself.
      if (!app.server.listening) await app.listen({ host, port })
    },
    async close() {
      await app.close()
    },
  }
}
