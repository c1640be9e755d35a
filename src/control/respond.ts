import type { IncomingMessage, ServerResponse } from 'node:http'
import { findRoute, type FoundRoute } from './find-route.ts'
import { openReply, sendDocument, sendText, sendWhenDone } from './http-reply.ts'
import { LineStream } from './line-stream.ts'
import type { ControlPort } from './port.ts'
import type { OperationLine } from './protocol.ts'
import { readRequest } from './read-request.ts'
import type { Answer, RouteInput, ServerFacts } from './route.ts'
import { ROUTES } from './routes/table.ts'
import { checkTargets } from './targets.ts'

export interface RespondContext {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** What is known without a runtime. */
  readonly facts: () => ServerFacts
  /** Waits for the runtime, for a while. */
  readonly whenServed: () => Promise<ControlPort>
  /** Aborted when the server closes: streams end then. */
  readonly closing: AbortSignal
}

const NDJSON = 'application/x-ndjson'

/** Answers a request by the table. What it throws is to be sent as the error. */
export async function respond(context: RespondContext): Promise<void> {
  const { request, facts, whenServed, response } = context
  const [path = '', search = ''] = splitOnce(request.url ?? '')
  const found = findRoute(ROUTES, { method: request.method ?? '', path })
  const { answer } = found.route
  if (answer.kind === 'at-once') return sendDocument(response, answer.run(facts()))
  const port = await whenServed()
  checkParams(found.params, port)
  if (answer.kind === 'passed-on') {
    const input = { params: found.params, query: undefined, body: undefined, port }
    return answer.run(input, { request, response, rest: search === '' ? found.rest : `${found.rest}?${search}` })
  }
  const { query, body } = await readRequest(found.route, { request, search })
  return send(answer, { params: found.params, query, body, port }, context)
}

type ServedAnswer = Exclude<Answer<RouteInput>, { kind: 'at-once' | 'passed-on' }>

async function send(answer: ServedAnswer, input: RouteInput, { response, closing }: RespondContext): Promise<void> {
  let stream: LineStream | null = null
  const open = (): LineStream => (stream ??= openLines(response, closing))
  switch (answer.kind) {
    case 'document':
      return sendWhenDone(response, answer.run(input))
    case 'text':
      return sendText(response, { type: answer.type, text: await answer.run(input) })
    case 'operation': {
      // The operation goes on when its reader has gone: half a restart is worse than an unwatched one.
      const report = await answer.run(input, (stamped) => open().send({ type: 'progress', stamped } satisfies OperationLine<unknown>))
      return open().end({ type: 'result', report } satisfies OperationLine<unknown>)
    }
    case 'lines': {
      const unsubscribe = answer.run(input, open)
      if (unsubscribe === null) open().end()
      else if (response.destroyed) unsubscribe()
      else response.once('close', unsubscribe)
    }
  }
}

function openLines(response: ServerResponse, closing: AbortSignal): LineStream {
  openReply(response, { type: NDJSON })
  response.flushHeaders()
  return new LineStream(response, { closing })
}

/** @throws MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER */
function checkParams({ service, slot }: FoundRoute['params'], port: ControlPort): void {
  if (service !== undefined) checkTargets([{ service, slot: slot ?? null }], port.view())
}

function splitOnce(url: string): readonly string[] {
  const at = url.indexOf('?')
  return at === -1 ? [url] : [url.slice(0, at), url.slice(at + 1)]
}
