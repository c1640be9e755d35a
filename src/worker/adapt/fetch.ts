import { toNodeHandler } from 'srvx/node'
import type { FetchApp } from '../service-kind.ts'
import type { HostedApp } from '../hosted-app.ts'
import { adaptListener } from './server.ts'

/** Hono and everything else that has `fetch(request)`. */
export function adaptFetch(app: FetchApp): HostedApp {
  const handle = toNodeHandler(async (request) => {
    try {
      return await app.fetch(request)
    } catch (error) {
      // An unobserved rejection would end the worker for one failed request.
      console.error(error)
      return new Response('Internal Server Error', { status: 500 })
    }
  })
  return adaptListener((request, response) => void handle(request as never, response as never))
}
