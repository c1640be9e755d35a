import Fastify from 'fastify'

const app = Fastify()
app.get('/', () => 'awaited')
console.log(await app.listen({ port: 0 }))
