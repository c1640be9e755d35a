import type { IncomingMessage, ServerResponse } from 'node:http'
import { eventMatcher } from './event-filter.ts'
import { HttpProblem, openReply, readJsonBody, sendDocument, sendWhenDone } from './http-reply.ts'
import { LineStream } from './line-stream.ts'
import { logMatcher } from './log-filter.ts'
import type { ControlPort, RestartTarget, ScaleTarget } from './port.ts'
import type { LiveLine, RestartLine, ScaleLine } from './protocol.ts'
import { readEventQuery, readLogQuery, readTarget } from './stream-query.ts'
import { checkTargets } from './targets.ts'

interface RouteContext {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  readonly port: ControlPort
  /** Aborted when the server closes: streams end then. */
  readonly closing: AbortSignal
}

type Handler = (context: RouteContext) => Promise<void> | void

const NDJSON = 'application/x-ndjson'

/** Only these paths and methods exist, and only POST changes anything. Without prototype: no request can name anything else. */
const ROUTES: Readonly<Record<string, Readonly<Record<string, Handler>>>> = table({
  '/v1/runtime': table<Handler>({ GET: ({ response, port }) => sendDocument(response, port.view()) }),
  '/v1/restart': table<Handler>({ POST: restart }),
  '/v1/scale': table<Handler>({ POST: scale }),
  '/v1/stop': table<Handler>({ POST: stop }),
  '/v1/logs': table<Handler>({ GET: logs }),
  '/v1/events': table<Handler>({ GET: events }),
})

/** @throws HttpProblem 404 or 405 */
export function findRoute(method: string, path: string): Handler {
  const methods = ROUTES[path]
  if (methods === undefined) throw new HttpProblem(404, `Cannot ${method} ${path.slice(0, 100)}: there is no such route`)
  const handler = methods[method]
  if (handler !== undefined) return handler
  const allow = Object.keys(methods).join(', ')
  throw new HttpProblem(405, `Cannot ${method} ${path}: the route takes ${allow}`, { allow })
}

async function restart({ request, response, port, closing }: RouteContext): Promise<void> {
  const targets = bodyTargets(await readJsonBody(request))
  checkTargets(targets, port.view())
  let stream: LineStream | null = null
  const lines = (): LineStream => (stream ??= openLines(response, closing))
  // The rollout goes on when its reader has gone: half a restart is worse than an unwatched one.
  const report = await port.restart(targets, (stamped) => lines().send({ type: 'progress', stamped } satisfies RestartLine))
  lines().end({ type: 'result', report } satisfies RestartLine)
}

async function scale({ request, response, port, closing }: RouteContext): Promise<void> {
  const targets = scaleTargets(await readJsonBody(request))
  checkTargets(
    targets.map(({ service }) => ({ service, slot: null })),
    port.view(),
  )
  let stream: LineStream | null = null
  const lines = (): LineStream => (stream ??= openLines(response, closing))
  const report = await port.scale(targets, (stamped) => lines().send({ type: 'progress', stamped } satisfies ScaleLine))
  lines().end({ type: 'result', report } satisfies ScaleLine)
}

async function stop({ request, response, port }: RouteContext): Promise<void> {
  await readJsonBody(request)
  await sendWhenDone(response, port.stop())
}

function logs({ response, query, port, closing }: RouteContext): void {
  const { filter, limit, follow } = readLogQuery(query)
  checkTargets(filter.targets, port.view())
  const matches = logMatcher(filter, port.view())
  stream({ response, closing, follow }, { past: () => port.recentOutput(limit, matches), listen: (tell) => port.output(tell), matches })
}

function events({ response, query, port, closing }: RouteContext): void {
  const { filter, limit, follow } = readEventQuery(query)
  checkTargets(filter.targets, port.view())
  const matches = eventMatcher(filter)
  stream({ response, closing, follow }, { past: () => port.recentEvents(limit, matches), listen: (tell) => port.events(tell), matches })
}

interface Source<T> {
  readonly past: () => readonly T[]
  readonly listen: (tell: (entry: T) => void) => () => void
  readonly matches: (entry: T) => boolean
}

function stream<T>(
  { response, closing, follow }: Pick<RouteContext, 'response' | 'closing'> & { follow: boolean },
  source: Source<T>,
): void {
  const lines = openLines(response, closing)
  // The past is taken in the same turn as the subscription: nothing is missed and nothing comes twice.
  lines.replay(source.past())
  if (!follow) return lines.end()
  lines.replay([{ live: true } satisfies LiveLine])
  const unsubscribe = source.listen((entry) => {
    if (source.matches(entry)) lines.send(entry)
  })
  response.once('close', unsubscribe)
}

function openLines(response: ServerResponse, closing: AbortSignal): LineStream {
  openReply(response, { type: NDJSON })
  response.flushHeaders()
  return new LineStream(response, { closing })
}

function bodyTargets(body: unknown): readonly RestartTarget[] {
  const targets: unknown =
    typeof body === 'object' && body !== null && Object.hasOwn(body, 'targets') ? (body as { targets: unknown }).targets : null
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > 1000) {
    throw new HttpProblem(400, 'Cannot restart: the body must be {"targets":["service","service/slot"]}')
  }
  return targets.map((target: unknown) => readTarget(typeof target === 'string' ? target : ''))
}

function scaleTargets(body: unknown): readonly ScaleTarget[] {
  const workers: unknown =
    typeof body === 'object' && body !== null && Object.hasOwn(body, 'workers') ? (body as { workers: unknown }).workers : null
  const entries = typeof workers === 'object' && workers !== null && !Array.isArray(workers) ? Object.entries(workers) : []
  if (entries.length === 0 || entries.length > 1000) throw new HttpProblem(400, 'Cannot scale: the body must be {"workers":{"service":2}}')
  return entries.map(([text, count]: [string, unknown]) => {
    const { service, slot } = readTarget(text)
    if (slot !== null || typeof count !== 'number')
      throw new HttpProblem(400, `Cannot scale ${text.slice(0, 100)}: a service needs a number of workers`)
    return { service, workers: count }
  })
}

function table<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.freeze(Object.assign(Object.create(null) as Record<string, T>, entries))
}
