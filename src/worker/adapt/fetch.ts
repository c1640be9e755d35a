import type { FetchApp } from '../service-kind.ts'
import type { HostedApp } from '../hosted-app.ts'
import { adaptListener } from './server.ts'

/** Hono and everything else that has `fetch(request)`. The adapter is loaded here, so that only such services pay for it. */
export async function adaptFetch(app: FetchApp): Promise<HostedApp> {
  const { toNodeHandler } = await import('srvx/node')
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
