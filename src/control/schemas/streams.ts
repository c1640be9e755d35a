import { z } from 'zod'
import type { LogLine } from '../../model/log-line.ts'
import { errorSchema } from './documents.ts'
import { epochMsSchema, serviceIdSchema } from './names.ts'

const droppedSchema = z
  .object({ dropped: z.int().min(1) })
  .meta({ description: 'So many lines were lost here because their reader was slow' })

/** An event with its moment; what each type of event has is in docs/events.md. */
const stampedEventSchema = z.object({ atMs: epochMsSchema, event: z.looseObject({ type: z.string() }) })
export const eventLineSchema = z.union([stampedEventSchema, droppedSchema])

const logLineSchema = z.object({
  atMs: epochMsSchema,
  service: serviceIdSchema,
  slot: z.int().min(0),
  generation: z.int().min(1),
  stream: z.enum(['stdout', 'stderr']),
  text: z.string(),
}) satisfies z.ZodType<LogLine>
export const outputLineSchema = z.union([logLineSchema, droppedSchema])

/** Lines of an operation: its progress, and its report as the last one. */
export function operationLineSchema(report: z.ZodType): z.ZodType {
  return z.union([
    z.object({ type: z.literal('progress'), stamped: stampedEventSchema }),
    z.object({ type: z.literal('result'), report }),
    droppedSchema,
    errorSchema,
  ])
}

const DEFAULT_TAIL = 100
const MAX_TAIL = 10_000

/** What every stream takes: whether to go on, and how much of the past. */
export const streamQuery = {
  follow: z
    .enum(['', '0', '1', 'false', 'true'])
    .optional()
    .transform((text) => text !== undefined && text !== '0' && text !== 'false')
    .meta({ description: 'Go on with what comes' }),
  tail: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a number of lines')
    .optional()
    .transform((text) => (text === undefined ? DEFAULT_TAIL : Math.min(Number(text), MAX_TAIL)))
    .meta({ description: `At most so many of the past; ${DEFAULT_TAIL} if left out, ${MAX_TAIL} at the most` }),
}
