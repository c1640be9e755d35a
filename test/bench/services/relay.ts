import Fastify, { type FastifyInstance } from 'fastify'

interface RelayContext {
  readonly config: { readonly origins: Readonly<Record<string, string>> }
}

/** Answers with what another service says: the usual work of an entrypoint. */
export function create({ config }: RelayContext): FastifyInstance {
  const url = `${config.origins['item'] ?? ''}/`
  const app = Fastify()
  app.get('/', async () => {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${url} answers ${response.status}`)
    return await response.json()
  })
  return app
}
