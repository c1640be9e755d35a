import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { jsonLine } from '../../control/json-line.ts'
import { readPieces, serviceHeaders } from '../../control/raw-exchange.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import { sanitise } from '../../log/sanitise.ts'
import type { ServiceId } from '../../model/ids.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { durationOption } from '../duration-option.ts'
import { formatMs } from '../format.ts'
import { parseBody, parseHeader, parseMethod, parsePath } from '../request-input.ts'

export interface RequestHow {
  /** Null = GET, or POST with a body. */
  readonly method: string | null
  /** `name: value` */
  readonly headers: readonly string[]
  /** Text, `@file`, or `-` for stdin. */
  readonly data: string | null
  readonly include: boolean
  /** Whether a status from 400 on is a failure. */
  readonly fail: boolean
  readonly timeout: string
}

/** `request auth /users/7`: an HTTP request through the mesh of the running runtime, from wherever the operator is. */
export async function runRequest(
  context: CommandContext,
  where: readonly [service: string, path: string],
  how: RequestHow,
): Promise<CommandResult> {
  const [name, path] = where
  const timeoutMs = durationOption(how.timeout, '--timeout')
  const method = parseMethod(how.method ?? (how.data === null ? 'GET' : 'POST'))
  const headers = how.headers.map(parseHeader)
  const openBody = parseBody(how.data)
  const { client } = await connect(context, { orOnly: false })
  const [target] = await checkTargets(client, { targets: [name], verb: 'ask' })
  if (target === undefined || target.slot !== null) {
    throw new MeshrtError('MESHRT_USAGE', `Cannot ask "${name}": the mesh chooses the worker, so it takes a service`)
  }
  const startedMs = performance.now()
  const signal = timeoutMs === 0 ? new AbortController().signal : AbortSignal.timeout(timeoutMs)
  try {
    const { service } = target
    const answer = await client.request({ service, method, path: parsePath(path), headers, body: openBody(), signal })
    if (context.options.json) await printDocument(context, { answer, service, startedMs })
    else await printAnswer(context, { answer, service, include: how.include })
    return how.fail && (answer.statusCode ?? 0) >= 400 ? 1 : 0
  } catch (error) {
    if (!signal.aborted) throw error
    throw new MeshrtError('MESHRT_TIMEOUT', `Cannot get the whole answer of "${name}": not within ${formatMs(timeoutMs)}`, { cause: error })
  }
}

interface Answered {
  readonly answer: IncomingMessage
  readonly service: ServiceId
}

/** The body as it is; on a terminal without what would steer it. */
async function printAnswer(
  { terminal }: CommandContext,
  { answer, service, include }: Answered & { readonly include: boolean },
): Promise<void> {
  if (include) terminal.out(`${headOf(answer)}\n`)
  const decoder = new StringDecoder('utf8')
  for await (const piece of readPieces(answer, service)) {
    const isTaken = terminal.columns === null ? process.stdout.write(piece) : process.stdout.write(forTerminal(decoder.write(piece)))
    if (!isTaken) await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
  if (terminal.columns !== null) process.stdout.write('\n')
}

function forTerminal(text: string): string {
  return sanitise(text, { multiline: true })
}

function headOf(answer: IncomingMessage): string {
  const { statusCode, statusMessage } = answer
  const lines = serviceHeaders(answer).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${statusCode ?? 0} ${statusMessage ?? ''}`.trimEnd(), ...lines].map((line) => sanitise(line)).join('\n')
}

const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024

async function printDocument(
  { terminal }: CommandContext,
  { answer, service, startedMs }: Answered & { readonly startedMs: number },
): Promise<void> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of readPieces(answer, service)) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes > MAX_DOCUMENT_BYTES)
      throw new MeshrtError('MESHRT_USAGE', 'Cannot put the answer into one document: it is too large, leave out --json')
  }
  const tookMs = Math.round(performance.now() - startedMs)
  const document = {
    schema: 'meshrt.request/v1',
    status: answer.statusCode ?? 0,
    headers: serviceHeaders(answer),
    ...bodyDocument(Buffer.concat(pieces)),
    tookMs,
  }
  terminal.out(jsonLine(document).trimEnd())
}

/** As text, if it is that. */
function bodyDocument(body: Buffer): { readonly body: string } | { readonly bodyBase64: string } {
  const text = body.toString('utf8')
  return Buffer.from(text).equals(body) ? { body: text } : { bodyBase64: body.toString('base64') }
}
