import * as z from 'zod'
import type { Exit } from '../../model/exit.ts'
import type { ErrorInfo } from '../../model/failure.ts'

const errorInfoSchema: z.ZodType<ErrorInfo> = z.object({
  name: z.string(),
  message: z.string(),
  code: z.string().exactOptional(),
  stack: z.string().exactOptional(),
  get cause(): z.ZodExactOptional<z.ZodType<ErrorInfo>> {
    return errorInfoSchema.exactOptional()
  },
})

/** How a worker ended. */
export const exitSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('completed') }),
  z.object({ kind: z.literal('stopped'), code: z.int() }),
  z.object({ kind: z.literal('crashed'), code: z.int(), signal: z.string().exactOptional(), error: errorInfoSchema.exactOptional() }),
  z.object({ kind: z.literal('out-of-memory'), error: errorInfoSchema.exactOptional() }),
  z.object({
    kind: z.literal('killed'),
    reason: z.enum(['start-timeout', 'stop-timeout', 'blocked', 'heap-limit', 'superseded', 'forced']),
  }),
]) satisfies z.ZodType<Exit>
