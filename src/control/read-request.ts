import type { IncomingMessage } from 'node:http'
import type * as z from 'zod'
import { HttpProblem, readJsonBody } from './http-reply.ts'
import type { Route } from './route.ts'

/** Query and body of a request, as the schemas of its route give them back. @throws HttpProblem 400, 413 */
export async function readRequest(
  { query, body }: Pick<Route, 'query' | 'body'>,
  { request, search }: { readonly request: IncomingMessage; readonly search: string },
): Promise<{ readonly query: unknown; readonly body: unknown }> {
  const asked = check(query, queryRecord(new URLSearchParams(search)), 'query')
  if (request.method === 'GET' || request.method === 'HEAD') return { query: asked, body: undefined }
  const sent = await readJsonBody(request)
  return { query: asked, body: body === null ? undefined : check(body, sent ?? {}, 'body') }
}

/** A key that comes several times has a list. Without prototype, so that a key can have any name. */
function queryRecord(query: URLSearchParams): unknown {
  const record: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const key of new Set(query.keys())) {
    const values = query.getAll(key)
    record[key] = values.length > 1 ? values : values[0]
  }
  return record
}

function check(schema: z.ZodType, value: unknown, what: 'query' | 'body'): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new HttpProblem(400, `Cannot read the ${what} of the request: ${result.error.issues.map(describeIssue).join('; ')}`)
}

const MAX_PATH = 100

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  const where = path.map(String).join('.').slice(0, MAX_PATH)
  return where === '' ? message.slice(0, 500) : `"${where}" ${message}`.slice(0, 500)
}
