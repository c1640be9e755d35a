import * as z from 'zod'
import type { Answer } from '../route.ts'
import { errorSchema } from './documents.ts'
import { operationLineSchema } from './streams.ts'

/** What comes back on a route: the document, or each line; an error takes the place of either. Null for what is not JSON, or is a service's own. */
export function answerSchema(answer: Answer<never>): z.ZodType | null {
  switch (answer.kind) {
    case 'at-once':
    case 'document':
    case 'lines':
      return z.union([answer.schema, errorSchema])
    case 'operation':
      return operationLineSchema(answer.schema)
    case 'text':
    case 'passed-on':
      return null
  }
}
