import * as z from 'zod'
import type { ServiceDescription } from '../../model/description.ts'
import type { Verdict } from '../../model/verdict.ts'
import { exitSchema } from './exit.ts'
import { epochMsSchema, serviceIdSchema, workerKeySchema } from './names.ts'
import { dependencySchema, serviceStateSchema, serviceViewSchema } from './view.ts'

const count = z.int().min(0)

const finding = {
  measure: z.enum(['elu', 'heap', 'cpu', 'delay', 'response', 'rss', 'external', 'ping', 'stuck', 'check', 'transport']),
  limit: z.number(),
  value: z.number(),
  detail: z.string().exactOptional(),
}

const verdictSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('grace') }),
  z.object({ kind: z.literal('ok') }),
  z.object({ kind: z.literal('pressed'), ...finding }),
  z.object({ kind: z.literal('suspect'), ...finding }),
  z.object({ kind: z.literal('unhealthy'), ...finding }),
  z.object({ kind: z.literal('blocked'), ...finding }),
]) satisfies z.ZodType<Verdict>

const slotSchema = z.object({
  id: z.string().meta({ examples: ['auth/2'] }),
  crashesInWindow: count,
  crashesInHour: count,
  failedStarts: count,
  verdict: verdictSchema.nullable(),
  startStage: z.string().nullable(),
  quarantine: z
    .object({
      reason: z.enum(['intensity-exceeded', 'too-many-per-hour', 'start-failed', 'probe-failed', 'restart-policy']),
      probeAt: epochMsSchema.nullable(),
    })
    .nullable(),
})

const exitRecordSchema = z.object({
  at: epochMsSchema,
  worker: workerKeySchema,
  exit: exitSchema,
  uptimeMs: z.number(),
  lastLines: z.array(z.string()),
})

/** What `meshrt describe --json` prints. */
export const descriptionSchema = z.object({
  schema: z.literal('meshrt.describe/v1'),
  at: epochMsSchema,
  why: z.string().meta({ description: 'One sentence for people' }),
  service: serviceViewSchema,
  dependsOn: z.array(dependencySchema.extend({ state: serviceStateSchema })),
  dependents: z.array(serviceIdSchema),
  restart: z.object({
    policy: z.enum(['always', 'on-failure', 'never']),
    maxAttempts: count,
    windowMs: count,
    maxPerHour: count,
    startAttempts: count,
  }),
  slots: z.array(slotSchema),
  exits: z.array(exitRecordSchema),
}) satisfies z.ZodType<ServiceDescription>
