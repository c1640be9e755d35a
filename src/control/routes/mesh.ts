import { passOn } from '../pass-on.ts'
import { route } from '../route.ts'

export const meshRoutes = [
  route({
    method: 'ANY',
    path: '/v1/services/:service/request/*',
    summary: 'Send a request to a service through the mesh, and stream its answer',
    answer: { kind: 'passed-on', run: ({ params, port }, exchange) => passOn({ service: params.service, port }, exchange) },
  }),
]
