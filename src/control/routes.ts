import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseTarget } from '../model/ids.ts'
import { HttpProblem, openReply, readJsonBody, sendDocument, sendWhenDone } from './http-reply.ts'
import { LineStream } from './line-stream.ts'
import { matchesTargets, type ControlPort, type RestartTarget, type ScaleTarget } from './port.ts'
import type { ReloadLine, RestartLine, ScaleLine } from './protocol.ts'
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

const DEFAULT_TAIL = 100
const MAX_TAIL = 10_000
const NDJSON = 'application/x-ndjson'

/** Only these paths and methods exist, and only POST changes anything. Without prototype: no request can name anything else. */
const ROUTES: Readonly<Record<string, Readonly<Record<string, Handler>>>> = table({
  '/v1/runtime': table<Handler>({ GET: ({ response, port }) => sendDocument(response, port.view()) }),
  '/v1/restart': table<Handler>({ POST: restart }),
  '/v1/scale': table<Handler>({ POST: scale }),
  '/v1/reload': table<Handler>({ POST: reload }),
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

async function reload({ request, response, port, closing }: RouteContext): Promise<void> {
  const dryRun = dryRunOf(await readJsonBody(request))
  let stream: LineStream | null = null
  const lines = (): LineStream => (stream ??= openLines(response, closing))
  const report = await port.reload({ dryRun }, (stamped) => lines().send({ type: 'progress', stamped } satisfies ReloadLine))
  lines().end({ type: 'result', report } satisfies ReloadLine)
}

async function stop({ request, response, port }: RouteContext): Promise<void> {
  await readJsonBody(request)
  await sendWhenDone(response, port.stop())
}

function logs({ response, query, port, closing }: RouteContext): void {
  const targets = query.getAll('service').map((text) => targetOf(text))
  checkTargets(targets, port.view())
  const limit = tailOf(query)
  const stream = openLines(response, closing)
  if (query.has('follow')) {
    const unsubscribe = port.output((line) => {
      if (matchesTargets(targets, line)) stream.send(line)
    })
    response.once('close', unsubscribe)
  }
  // In the same turn as the subscription: no line is missed and none comes twice.
  for (const line of port.recentOutput({ targets, limit })) stream.send(line)
  if (!query.has('follow')) stream.end()
}

function events({ response, query, port, closing }: RouteContext): void {
  const limit = tailOf(query)
  const stream = openLines(response, closing)
  if (query.has('follow')) {
    const unsubscribe = port.events((stamped) => stream.send(stamped))
    response.once('close', unsubscribe)
  }
  for (const stamped of port.recentEvents(limit)) stream.send(stamped)
  if (!query.has('follow')) stream.end()
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
  return targets.map((target: unknown) => targetOf(typeof target === 'string' ? target : ''))
}

function scaleTargets(body: unknown): readonly ScaleTarget[] {
  const workers: unknown =
    typeof body === 'object' && body !== null && Object.hasOwn(body, 'workers') ? (body as { workers: unknown }).workers : null
  const entries = typeof workers === 'object' && workers !== null && !Array.isArray(workers) ? Object.entries(workers) : []
  if (entries.length === 0 || entries.length > 1000) throw new HttpProblem(400, 'Cannot scale: the body must be {"workers":{"service":2}}')
  return entries.map(([text, count]: [string, unknown]) => {
    const { service, slot } = targetOf(text)
    if (slot !== null || typeof count !== 'number')
      throw new HttpProblem(400, `Cannot scale ${text.slice(0, 100)}: a service needs a number of workers`)
    return { service, workers: count }
  })
}

/** No body, or one without it, is no. */
function dryRunOf(body: unknown): boolean {
  const dryRun: unknown =
    typeof body === 'object' && body !== null && Object.hasOwn(body, 'dryRun') ? (body as { dryRun: unknown }).dryRun : false
  if (typeof dryRun !== 'boolean') throw new HttpProblem(400, 'Cannot reload: the body must be {"dryRun":true}, or nothing')
  return dryRun
}

function targetOf(text: string): RestartTarget {
  const target = parseTarget(text)
  if (target === null)
    throw new HttpProblem(400, `Cannot find ${JSON.stringify(text.slice(0, 100))}: it is neither a service nor a service/slot`)
  return target
}

function tailOf(query: URLSearchParams): number {
  const text = query.get('tail')
  if (text === null) return DEFAULT_TAIL
  if (!/^\d{1,9}$/.test(text)) throw new HttpProblem(400, `Cannot read tail=${text.slice(0, 20)}: it must be a number of lines`)
  return Math.min(Number(text), MAX_TAIL)
}

function table<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.freeze(Object.assign(Object.create(null) as Record<string, T>, entries))
}
