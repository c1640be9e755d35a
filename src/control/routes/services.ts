import * as z from 'zod'
import { route } from '../route.ts'
import { descriptionSchema } from '../schemas/description.ts'
import { serviceListSchema } from '../schemas/documents.ts'
import { restartReportSchema, scaleReportSchema, startReportSchema, targetStopReportSchema } from '../schemas/reports.ts'

/** Also of a worker. */
export const restartBody = z.strictObject({ hard: z.boolean().default(false) })

const scaleBody = z.strictObject({ workers: z.int().min(0).max(1_000_000) })

export const serviceRoutes = [
  route({
    method: 'GET',
    path: '/v1/services',
    summary: 'List the services',
    answer: {
      kind: 'document',
      schema: serviceListSchema,
      run: ({ port }) => ({ schema: 'meshrt.services/v1', services: port.view().services }),
    },
  }),
  route({
    method: 'GET',
    path: '/v1/services/:service',
    summary: 'Tell why a service is in the state it is in',
    answer: { kind: 'document', schema: descriptionSchema, run: ({ params, port }) => port.describe(params.service) },
  }),
  route({
    method: 'POST',
    path: '/v1/services/:service/start',
    summary: 'Start a service that is stopped or has failed',
    answer: {
      kind: 'operation',
      schema: startReportSchema,
      run: ({ params, port }, progress) => port.start({ ...params, slot: null }, progress),
    },
  }),
  route({
    method: 'POST',
    path: '/v1/services/:service/stop',
    summary: 'Stop a service until it is started again',
    answer: {
      kind: 'operation',
      schema: targetStopReportSchema,
      run: ({ params, port }, progress) => port.stopTarget({ ...params, slot: null }, progress),
    },
  }),
  route({
    method: 'POST',
    path: '/v1/services/:service/restart',
    summary: 'Replace the workers of a service without losing a request',
    body: restartBody,
    answer: {
      kind: 'operation',
      schema: restartReportSchema,
      run: ({ params, body, port }, progress) => port.restart({ target: { ...params, slot: null }, ...body }, progress),
    },
  }),
  route({
    method: 'POST',
    path: '/v1/services/:service/scale',
    summary: 'Give a service another number of workers',
    body: scaleBody,
    answer: {
      kind: 'operation',
      schema: scaleReportSchema,
      run: ({ params, body, port }, progress) => port.scale({ ...params, ...body }, progress),
    },
  }),
]
