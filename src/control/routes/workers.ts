import type { SlotId } from '../../model/ids.ts'
import type { ServiceView, WorkerView } from '../../model/view.ts'
import type { ControlPort } from '../port.ts'
import { route } from '../route.ts'
import { workerListSchema, workerSchema } from '../schemas/documents.ts'
import { restartBody } from './services.ts'
import { restartReportSchema, startReportSchema, targetStopReportSchema } from '../schemas/reports.ts'

export const workerRoutes = [
  route({
    method: 'GET',
    path: '/v1/services/:service/workers',
    summary: 'List the workers of a service',
    answer: {
      kind: 'document',
      schema: workerListSchema,
      run: ({ params, port }) => ({ schema: 'meshrt.workers/v1', workers: serviceOf(port, params.service)?.workers ?? [] }),
    },
  }),
  route({
    method: 'GET',
    path: '/v1/services/:service/workers/:slot',
    summary: 'Show one worker',
    answer: {
      kind: 'document',
      schema: workerSchema,
      run: ({ params, port }) => ({ schema: 'meshrt.worker/v1', worker: workerOf(port, params) }),
    },
  }),
  route({
    method: 'POST',
    path: '/v1/services/:service/workers/:slot/start',
    summary: 'Start one worker that is stopped or has failed',
    answer: { kind: 'operation', schema: startReportSchema, run: ({ params, port }, progress) => port.start(params, progress) },
  }),
  route({
    method: 'POST',
    path: '/v1/services/:service/workers/:slot/stop',
    summary: 'Stop one worker until it is started again',
    answer: { kind: 'operation', schema: targetStopReportSchema, run: ({ params, port }, progress) => port.stopTarget(params, progress) },
  }),
  route({
    method: 'POST',
    path: '/v1/services/:service/workers/:slot/restart',
    summary: 'Replace one worker without losing a request',
    body: restartBody,
    answer: {
      kind: 'operation',
      schema: restartReportSchema,
      run: ({ params, body, port }, progress) => port.restart({ target: params, ...body }, progress),
    },
  }),
]

function serviceOf(port: ControlPort, service: string): ServiceView | undefined {
  return port.view().services.find(({ id }) => id === service)
}

function workerOf(port: ControlPort, { service, slot }: SlotId): WorkerView | undefined {
  return serviceOf(port, service)?.workers.find((worker) => worker.slot === slot)
}
