import { route } from '../route.ts'
import { configSchema, healthSchema } from '../schemas/documents.ts'
import { stopReportSchema } from '../schemas/reports.ts'
import { runtimeViewSchema } from '../schemas/view.ts'

export const runtimeRoutes = [
  route({
    method: 'GET',
    path: '/v1/health',
    summary: 'Tell whether the runtime is to get requests',
    answer: { kind: 'at-once', schema: healthSchema, run: ({ health }) => health },
  }),
  route({
    method: 'GET',
    path: '/v1/runtime',
    summary: 'Show the runtime, its services and their workers',
    answer: { kind: 'document', schema: runtimeViewSchema, run: ({ port }) => port.view() },
  }),
  route({
    method: 'GET',
    path: '/v1/config',
    summary: 'Show the runtime file with every default filled in',
    answer: { kind: 'document', schema: configSchema, run: ({ port }) => port.config() },
  }),
  route({
    method: 'POST',
    path: '/v1/stop',
    summary: 'Stop the runtime',
    answer: { kind: 'document', schema: stopReportSchema, run: ({ port }) => port.stop() },
  }),
]
