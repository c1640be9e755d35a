import express, { type Request, type Response } from 'express'

const app = express()
app.get('/', (_request: Request, response: Response) => {
  response.json({ framework: 'express' })
})

export default app
