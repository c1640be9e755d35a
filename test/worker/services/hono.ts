import { Hono } from 'hono'

const app = new Hono()
app.get('/', (context) => context.json({ framework: 'hono' }))
app.post('/echo', async (context) => context.text(await context.req.text()))

export default app
