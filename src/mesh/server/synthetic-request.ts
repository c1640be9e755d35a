import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { decodeBody, type RequestFrame } from '../frames.ts'
import { contentLengthOf, withoutHopByHop } from '../headers.ts'
import type { FakeSocket } from './fake-socket.ts'

/** Members that Node's parser uses to fill a request; not public, there since Node 8. */
interface RequestInternals {
  _addHeaderLines(headers: readonly string[], count: number): void
  _consuming: boolean
  _dumped: boolean
  _dump(): void
}

export type SyntheticRequest = IncomingMessage & RequestInternals

/** A real IncomingMessage, filled from a frame as Node's parser would fill it from bytes. A streamed body is pushed by whoever reads its port. */
export function createRequest(frame: RequestFrame, socket: FakeSocket): SyntheticRequest {
  const [, , method, path, headers, body, encoding] = frame
  const req = new IncomingMessage(socket as unknown as Socket) as SyntheticRequest
  req.httpVersionMajor = 1
  req.httpVersionMinor = 1
  req.httpVersion = '1.1'
  req.method = method
  req.url = path
  const streamed = body !== null && typeof body !== 'string'
  const lines = toLines(headers, streamed)
  req._addHeaderLines(lines, lines.length)
  if (!streamed) {
    if (body !== null && body !== '') req.push(decodeBody(body, encoding))
    completeRequest(req, [])
  }
  return req
}

/** The last byte of the body is there. */
export function completeRequest(req: SyntheticRequest, trailers: readonly string[]): void {
  req.complete = true
  if (trailers.length > 0) req._addHeaderLines(trailers, trailers.length)
  req.push(null)
}

/** Servers tell by `Transfer-Encoding` that there is a body of unknown length. */
function toLines(headers: readonly string[], streamed: boolean): readonly string[] {
  const lines = withoutHopByHop(headers)
  return streamed && contentLengthOf(lines) === null ? [...lines, 'transfer-encoding', 'chunked'] : lines
}
