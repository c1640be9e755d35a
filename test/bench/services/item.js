// What is called in `mesh`, `hop` and `scale`. JavaScript, because a type stripper in each of a hundred threads would be most of what
// `scale` finds.
import Fastify from 'fastify'
import item from './item.json' with { type: 'json' }

export function create() {
  const app = Fastify()
  app.get('/', async () => item)
  return app
}
