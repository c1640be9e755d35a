import { assertNever } from '../../model/assert-never.ts'
import type { HostedApp } from '../hosted-app.ts'
import type { App } from '../service-kind.ts'
import { adaptServer, adaptListener } from './server.ts'

/** One shape for every kind of application. What only some services need is loaded when they do. */
export async function adapt(app: App): Promise<HostedApp> {
  switch (app.kind) {
    case 'fastify':
      return (await import('./fastify.ts')).adaptFastify(app.app)
    case 'nest':
      return (await import('./nest.ts')).adaptNest(app.app)
    case 'fetch':
      return (await import('./fetch.ts')).adaptFetch(app.app)
    case 'server':
      return adaptServer(app.server)
    case 'listener':
      return adaptListener(app.listener)
    default:
      return assertNever(app)
  }
}
