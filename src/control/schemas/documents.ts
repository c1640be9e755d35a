import * as z from 'zod'
import type { ErrorDocument } from '../../errors/render.ts'
import type { Problem } from '../../errors/config-error.ts'
import type { ErrorCode } from '../../errors/catalogue.ts'
import type { HealthDocument } from '../protocol.ts'
import { epochMsSchema } from './names.ts'
import { runtimeStateSchema, serviceViewSchema, workerViewSchema } from './view.ts'

export const healthSchema = z.object({
  schema: z.literal('meshrt.health/v1'),
  pid: z.int(),
  startedAt: epochMsSchema,
  state: runtimeStateSchema,
  ready: z.boolean().meta({ description: 'Whether it is to get requests' }),
}) satisfies z.ZodType<HealthDocument>

export const serviceListSchema = z.object({ schema: z.literal('meshrt.services/v1'), services: z.array(serviceViewSchema) })
export const workerListSchema = z.object({ schema: z.literal('meshrt.workers/v1'), workers: z.array(workerViewSchema) })
export const workerSchema = z.object({ schema: z.literal('meshrt.worker/v1'), worker: workerViewSchema })

export const configSchema = z.object({
  schema: z.literal('meshrt.config/v1'),
  file: z.string(),
  mode: z.enum(['start', 'dev']),
  autoloaded: z.array(z.string()),
  config: z.looseObject({}).meta({ description: 'The runtime file with every default filled in; secrets are ***' }),
})

/** One thing that is wrong in a runtime file. */
const problemSchema = z.object({
  rule: z.string(),
  message: z.string(),
  path: z.string(),
  file: z.string(),
  line: z.int(),
  column: z.int(),
  length: z.int(),
  sourceLine: z.string(),
  hint: z.string().exactOptional(),
}) satisfies z.ZodType<Problem>

/** What goes wrong, on every route. */
export const errorSchema = z.object({
  schema: z.literal('meshrt.error/v1'),
  code: z.string().regex(/^MESHRT_[A-Z_]+$/) as unknown as z.ZodType<ErrorCode>,
  message: z.string(),
  exitCode: z.int(),
  hint: z.string(),
  causes: z.array(z.object({ name: z.string(), message: z.string(), code: z.string().exactOptional(), hint: z.string().exactOptional() })),
  problems: z.array(problemSchema).exactOptional(),
}) satisfies z.ZodType<ErrorDocument>
