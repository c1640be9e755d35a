import { parseTarget } from '../model/ids.ts'
import { isLogLevel } from '../model/log-level.ts'
import type { EventFilter } from './event-filter.ts'
import { HttpProblem } from './http-reply.ts'
import type { LogFilter } from './log-filter.ts'
import type { RestartTarget } from './port.ts'

/** What the query of `/v1/logs` and `/v1/events` asks for. */
interface StreamQuery<Filter> {
  readonly filter: Filter
  /** So many of the past at the most, the newest. */
  readonly limit: number
  readonly follow: boolean
}

const DEFAULT_TAIL = 100
const MAX_TAIL = 10_000
const MAX_TYPES = 20

/** @throws HttpProblem 400 */
export function readLogQuery(query: URLSearchParams): StreamQuery<LogFilter> {
  const level = query.get('level')
  if (level !== null && !isLogLevel(level))
    throw bad(`level=${level.slice(0, 20)}`, 'it must be one of trace, debug, info, warn, error, fatal')
  return { ...common(query), filter: { targets: targetsOf(query), sinceMs: sinceOf(query), level, previous: query.has('previous') } }
}

/** @throws HttpProblem 400 */
export function readEventQuery(query: URLSearchParams): StreamQuery<EventFilter> {
  const types = query.getAll('type')
  if (types.length > MAX_TYPES) throw bad('type', `there can be ${MAX_TYPES} at the most`)
  const wrong = types.find((type) => !/^[a-z.*-]{1,60}$/.test(type))
  if (wrong !== undefined) throw bad(`type=${wrong.slice(0, 20)}`, 'it must be a type such as worker.exited, or worker.*')
  return { ...common(query), filter: { targets: targetsOf(query), sinceMs: sinceOf(query), types } }
}

export function readTarget(text: string): RestartTarget {
  const target = parseTarget(text)
  if (target !== null) return target
  throw new HttpProblem(400, `Cannot find ${JSON.stringify(text.slice(0, 100))}: it is neither a service nor a service/slot`)
}

function common(query: URLSearchParams): { readonly limit: number; readonly follow: boolean } {
  return { limit: tailOf(query), follow: query.has('follow') }
}

function targetsOf(query: URLSearchParams): readonly RestartTarget[] {
  return query.getAll('service').map(readTarget)
}

/** Without a number the last hundred; of a time everything. */
function tailOf(query: URLSearchParams): number {
  const text = query.get('tail')
  if (text === null) return query.has('since') ? MAX_TAIL : DEFAULT_TAIL
  if (!/^\d{1,9}$/.test(text)) throw bad(`tail=${text.slice(0, 20)}`, 'it must be a number of lines')
  return Math.min(Number(text), MAX_TAIL)
}

function sinceOf(query: URLSearchParams): number | null {
  const text = query.get('since')
  if (text === null) return null
  if (!/^\d{1,16}$/.test(text)) throw bad(`since=${text.slice(0, 20)}`, 'it must be milliseconds since the epoch')
  return Number(text)
}

function bad(what: string, why: string): HttpProblem {
  return new HttpProblem(400, `Cannot read ${what}: ${why}`)
}
