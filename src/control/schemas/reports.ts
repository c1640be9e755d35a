import { z } from 'zod'
import type { RestartReport, ScaleReport, StopReport } from '../port.ts'
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

/** Of the whole runtime. */
export const stopReportSchema = z.object({
  ok: z.boolean().meta({ description: 'False when the shutdown budget was not enough' }),
  killed: z.array(workerKeySchema),
  abandoned: z.array(workerKeySchema),
  cut: z.array(cutSchema),
}) satisfies z.ZodType<StopReport>
