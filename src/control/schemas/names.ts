import * as z from 'zod'
import type { ServiceId, WorkerKey } from '../../model/ids.ts'

/** Branded texts: what the schema says is all that the brand stands for. */
export const serviceIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be the name of a service')
  .meta({ description: 'The name of a service in the runtime file' }) as unknown as z.ZodType<ServiceId>

export const workerKeySchema = z
  .string()
  .meta({ description: 'A worker: service, slot and generation', examples: ['auth/2#7'] }) as unknown as z.ZodType<WorkerKey>

export const workerIdSchema = z.object({ service: serviceIdSchema, slot: z.int().min(0), generation: z.int().min(1) })

/** Milliseconds since the epoch. */
export const epochMsSchema = z.number().meta({ description: 'Milliseconds since the epoch' })
