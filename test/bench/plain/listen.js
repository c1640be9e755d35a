import { once } from 'node:events'

/** What a user without a supervisor writes: makes the service of a module, and listens. JavaScript, because nobody strips types as he starts. */
export async function listen(module, port) {
  const { create } = await import(module)
  const app = create()
  if ('ready' in app) return await app.listen({ host: '127.0.0.1', port })
  app.listen(port, '127.0.0.1')
  await once(app, 'listening')
}
