import * as z from 'zod'
import { RELOAD_EFFECTS } from '../../model/reload.ts'
import type { ReloadReport, RestartReport, ScaleReport, StartReport, StopReport, TargetStopReport } from '../port.ts'
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

const changeSchema = z.object({
  key: z.string().meta({ description: "From the top of the file, or from the service's own block" }),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  effect: z.enum(RELOAD_EFFECTS),
})

export const reloadPlanSchema = z.object({
  runtime: z.array(changeSchema).meta({ description: 'Keys that belong to no service' }),
  steps: z.array(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('added'), service: serviceIdSchema, workers: count }),
      z.object({ kind: z.literal('changed'), service: serviceIdSchema, roll: z.boolean(), changes: z.array(changeSchema) }),
      z.object({ kind: z.literal('removed'), service: serviceIdSchema }),
    ]),
  ),
  unchanged: z.array(serviceIdSchema),
})

export const reloadReportSchema = z.object({
  plan: reloadPlanSchema,
  applied: z.boolean().meta({ description: 'False when there was nothing to do, or nothing was to be done' }),
  tookMs,
  abandoned: z.array(workerKeySchema),
}) satisfies z.ZodType<ReloadReport>
