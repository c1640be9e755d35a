import * as z from 'zod'
import { LONGEST_TIMER_MS } from '../../model/clock.ts'
import { RELOAD_TIMEOUT_MS } from '../../model/reload.ts'
import { route } from '../route.ts'
import { configSchema, healthSchema } from '../schemas/documents.ts'
import { reloadReportSchema, stopReportSchema } from '../schemas/reports.ts'
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
    method: 'GET',
    path: '/v1/metrics',
    summary: 'Show the measures of all services and workers for Prometheus',
    answer: { kind: 'text', type: 'text/plain; version=0.0.4; charset=utf-8', run: ({ port }) => port.metrics() },
  }),
  route({
    method: 'POST',
    path: '/v1/reload',
    summary: 'Read the runtime file again, and carry out what is different',
    body: z.strictObject({
      dryRun: z.boolean().default(false),
      timeoutMs: z.int().min(1).max(LONGEST_TIMER_MS).default(RELOAD_TIMEOUT_MS),
    }),
    answer: { kind: 'operation', schema: reloadReportSchema, run: ({ body, port }, progress) => port.reload(body, progress) },
  }),
  route({
    method: 'POST',
    path: '/v1/stop',
    summary: 'Stop the runtime',
    answer: { kind: 'document', schema: stopReportSchema, run: ({ port }) => port.stop() },
  }),
]
