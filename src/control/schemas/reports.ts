import { z } from 'zod'
import type { RestartReport, ScaleReport, StartReport, StopReport, TargetStopReport } from '../port.ts'
import { serviceIdSchema, workerIdSchema, workerKeySchema } from './names.ts'

const count = z.int().min(0)
const tookMs = z.number().min(0)

/** What a drain broke off at its deadline. */
const cutSchema = z.object({ worker: workerKeySchema, requests: count, upgraded: count })

export const restartReportSchema = z.object({ replaced: z.array(workerIdSchema), tookMs }) satisfies z.ZodType<RestartReport>

export const scaleReportSchema = z.object({
  service: serviceIdSchema,
  from: count,
  to: count,
  tookMs,
}) satisfies z.ZodType<ScaleReport>

export const startReportSchema = z.object({ started: z.array(workerIdSchema), tookMs }) satisfies z.ZodType<StartReport>

/** Of a service or a worker. */
export const targetStopReportSchema = z.object({
  stopped: z.array(workerKeySchema),
  killed: z.array(workerKeySchema),
  abandoned: z.array(workerKeySchema),
  cut: z.array(cutSchema),
  dependents: z.array(serviceIdSchema).meta({ description: 'Services that run on, and depend on this one or have called it' }),
  tookMs,
}) satisfies z.ZodType<TargetStopReport>

/** Of the whole runtime. */
export const stopReportSchema = z.object({
  ok: z.boolean().meta({ description: 'False when the shutdown budget was not enough' }),
  killed: z.array(workerKeySchema),
  abandoned: z.array(workerKeySchema),
  cut: z.array(cutSchema),
}) satisfies z.ZodType<StopReport>
