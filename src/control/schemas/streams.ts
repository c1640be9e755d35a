import * as z from 'zod'
import { parseTarget, type Target } from '../../model/ids.ts'
import type { LogLine } from '../../model/log-line.ts'
import { errorSchema } from './documents.ts'
import { epochMsSchema, serviceIdSchema } from './names.ts'

const droppedSchema = z
  .object({ dropped: z.int().min(1) })
  .meta({ description: 'So many lines were lost here because their reader was slow' })

const liveSchema = z.object({ live: z.literal(true) }).meta({ description: 'The past ends here' })

/** An event with its moment; what each type of event has is in docs/events.md. */
const stampedEventSchema = z.object({ atMs: epochMsSchema, event: z.looseObject({ type: z.string() }) })
export const eventLineSchema = z.union([stampedEventSchema, droppedSchema, liveSchema])

const logLineSchema = z.object({
  atMs: epochMsSchema,
  service: serviceIdSchema,
  slot: z.int().min(0),
  generation: z.int().min(1),
  stream: z.enum(['stdout', 'stderr']),
  text: z.string(),
}) satisfies z.ZodType<LogLine>
export const outputLineSchema = z.union([logLineSchema, droppedSchema, liveSchema])

/** Lines of an operation: its progress, and its report as the last one. */
export function operationLineSchema(report: z.ZodType): z.ZodType {
  return z.union([
    z.object({ type: z.literal('progress'), stamped: stampedEventSchema }),
    z.object({ type: z.literal('result'), report }),
    droppedSchema,
    errorSchema,
  ])
}

const MAX_TARGETS = 1000
const DEFAULT_TAIL = 100
const MAX_TAIL = 10_000
const MAX_TYPES = 20

/** A key that may come several times. */
function several<T>(one: z.ZodType<T>, { max, description }: { readonly max: number; readonly description: string }) {
  return z
    .union([one.transform((value): readonly T[] => [value]), z.array(one).max(max)])
    .default([])
    .meta({ description })
}

const flag = z
  .enum(['', '0', '1', 'false', 'true'])
  .optional()
  .transform((text) => text !== undefined && text !== '0' && text !== 'false')

/** `auth` or `auth/2`. */
const targetSchema = z.string().transform((text, context): Target => {
  const target = parseTarget(text)
  if (target !== null) return target
  context.addIssue({ code: 'custom', message: 'must be a service or a service/slot' })
  return z.NEVER
})

/** What every stream takes: whether to go on, how much of the past, and of whom. */
const streamQuery = {
  follow: flag.meta({ description: 'Go on with what comes' }),
  tail: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a number of lines')
    .transform((text): number | null => Math.min(Number(text), MAX_TAIL))
    .default(null)
    .meta({ description: `At most so many of the past, after all filters; if left out ${DEFAULT_TAIL}, with \`since\` all` }),
  since: z
    .string()
    .regex(/^\d{1,16}$/, 'must be milliseconds since the epoch')
    .transform((text): number | null => Number(text))
    .default(null)
    .meta({ description: 'Only what is younger; in milliseconds since the epoch' }),
  service: several(targetSchema, { max: MAX_TARGETS, description: 'Only of this service or worker; may come several times' }),
}

export const logsQuery = z
  .strictObject({
    ...streamQuery,
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
      .nullable()
      .default(null)
      .meta({ description: "This level and those above it; of what is not pino's: `error` from stderr, else `info`" }),
    previous: flag.meta({ description: 'Only of workers that came before the present ones' }),
  })
  .transform(withTail)

export const eventsQuery = z
  .strictObject({
    ...streamQuery,
    type: several(z.string().regex(/^[a-z.*-]{1,60}$/, 'must be a type such as worker.exited, or worker.*'), {
      max: MAX_TYPES,
      description: 'Only of this type; * stands for any text; may come several times',
    }),
  })
  .transform(withTail)

/** Without a number the last hundred; of a time everything. */
function withTail<Query extends { readonly tail: number | null; readonly since: number | null }>(
  query: Query,
): Query & { readonly tail: number } {
  return { ...query, tail: query.tail ?? (query.since === null ? DEFAULT_TAIL : MAX_TAIL) }
}
