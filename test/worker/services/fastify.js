import Fastify from 'fastify'

export function create({ service, slot, mode, config, logger, mesh }) {
  const app = Fastify()
  app.addHook('onListen', () => console.log('onListen ran'))
  app.addHook('onClose', () => console.log('onClose ran'))
  app.get('/', () => ({ service, slot, mode, config, domain: mesh.domain }))
  app.post('/echo', (request) => request.body)
  logger.info({ some: 'field' }, 'created')
  return app
}
