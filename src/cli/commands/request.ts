import type { IncomingMessage } from 'node:http'
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { parseDuration } from '../../config/units.ts'
import { jsonLine } from '../../control/json-line.ts'
import { serviceHeaders } from '../../control/raw-exchange.ts'
import { isErrno, MeshrtError } from '../../errors/meshrt-error.ts'
import { sanitise } from '../../log/sanitise.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatMs } from '../format.ts'

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
  const timeoutMs = parseDuration(how.timeout)
  if (timeoutMs === null) throw new MeshrtError('MESHRT_USAGE', `Cannot wait for "${how.timeout}": it must be a duration like 30s`)
  const headers = how.headers.map(parseHeader)
  const body = bodyOf(how.data)
  const { client } = await connect(context, { orOnly: false })
  const [target] = await checkTargets(client, { targets: [name], verb: 'ask' })
  if (target === undefined || target.slot !== null) {
    throw new MeshrtError('MESHRT_USAGE', `Cannot ask "${name}": the mesh chooses the worker, so it takes a service`)
  }
  const startedMs = performance.now()
  const signal = timeoutMs === 0 ? new AbortController().signal : AbortSignal.timeout(timeoutMs)
  const method = (how.method ?? (body === null ? 'GET' : 'POST')).toUpperCase()
  try {
    const answer = await client.request({ service: target.service, method, path: requestPath(path), headers, body, signal })
    if (context.options.json) await printDocument(context, { answer, startedMs })
    else await printAnswer(context, answer, how)
    return how.fail && (answer.statusCode ?? 0) >= 400 ? 1 : 0
  } catch (error) {
    if (!signal.aborted) throw error
    throw new MeshrtError('MESHRT_TIMEOUT', `Cannot get the whole answer of "${name}": not within ${formatMs(timeoutMs)}`, { cause: error })
  }
}

/** As it would be typed: with or without its slash, and with characters that a request cannot have. */
function requestPath(path: string): string {
  const absolute = path.startsWith('/') ? path : `/${path}`
  return absolute.replaceAll(/[^\u0021-\u007e]/gu, encodeURIComponent)
}

function parseHeader(text: string): readonly [name: string, value: string] {
  const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*)$/.exec(text) ?? []
  if (name === '')
    throw new MeshrtError('MESHRT_USAGE', `Cannot send the header ${JSON.stringify(text.slice(0, 100))}: it must be "name: value"`)
  return [name, value]
}

function bodyOf(data: string | null): Readable | string | Buffer | null {
  if (data === null) return null
  if (data === '-') return process.stdin
  if (!data.startsWith('@')) return data
  try {
    return readFileSync(data.slice(1))
  } catch (cause) {
    if (!isErrno(cause, 'ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR')) throw cause
    throw new MeshrtError('MESHRT_USAGE', `Cannot send ${data.slice(1)}: ${cause.message}`, { cause })
  }
}

/** The body as it is; on a terminal without what would steer it. */
async function printAnswer({ terminal }: CommandContext, answer: IncomingMessage, { include }: RequestHow): Promise<void> {
  if (include) terminal.out(`${headOf(answer)}\n`)
  const decoder = new StringDecoder('utf8')
  for await (const piece of answer as AsyncIterable<Buffer>) {
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
  { answer, startedMs }: { answer: IncomingMessage; startedMs: number },
): Promise<void> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
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
