import { createServer } from 'node:http'
import { adaptListener, adaptServer } from '../../../../src/worker/adapt/server.ts'
import { BASIC_ROUTES, NODE_ROUTES, type ServerKind } from './kind.ts'
import { answerPlainly } from './node-routes.ts'

/** An `http.Server` of the service's own. */
export const httpServer: ServerKind = {
  name: 'http',
  routes: new Set([...BASIC_ROUTES, ...NODE_ROUTES, 'ws']),
  async create(note) {
    const server = createServer((req, res) => void answerPlainly(req, res, note))
    return adaptServer(server)
  },
}

/** A `(req, res)` function, for which meshrt makes the server. */
export const listener: ServerKind = {
  name: 'listener',
  routes: new Set([...BASIC_ROUTES, ...NODE_ROUTES]),
  create: async (note) => adaptListener((req, res) => void answerPlainly(req as never, res as never, note)),
}
