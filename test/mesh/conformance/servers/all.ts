import { expressServer } from './express.ts'
import { fastifyServer } from './fastify.ts'
import { fetchHandler } from './fetch.ts'
import { honoServer } from './hono.ts'
import { httpServer, listener } from './http.ts'
import { koaServer } from './koa.ts'
import type { ServerKind } from './kind.ts'

/** The columns of the table. */
export const SERVER_KINDS: readonly ServerKind[] = [httpServer, listener, fastifyServer, expressServer, koaServer, honoServer, fetchHandler]

/** Its name in the mesh. */
export function serviceOf(kind: ServerKind): string {
  return kind.name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}
