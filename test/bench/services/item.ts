import Fastify, { type FastifyInstance } from 'fastify'

/** What is asked for in `mesh`, `hop` and `scale`. */
export const ITEM = { id: 42, name: 'lamp', price: 19.9, tags: ['home', 'light'], stock: { berlin: 3, paris: 0 } }

/** A Fastify service that answers a small JSON document. */
export function create(): FastifyInstance {
  const app = Fastify()
  app.get('/', async () => ITEM)
  return app
}
