import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { countLeftBehind } from './left-behind.ts'

const CHUNK = Buffer.alloc(65_536, 'x')

/** Answers well, late, in part, or not at all. */
export function create(): Server {
  return createServer(handle)
}

function handle(req: IncomingMessage, res: ServerResponse): void {
  const url = new URL(req.url ?? '/', 'http://peer')
  switch (url.pathname) {
    case '/small':
      res.setHeader('content-type', 'application/json')
      res.end('{"hello":"world"}')
      return
    case '/echo':
      pipeline(req, res, ignore)
      return
    case '/bytes':
      pipeline(Readable.from(chunks(Number(url.searchParams.get('chunks')))), res, ignore)
      return
    case '/hang':
      // Until the caller has had enough of it.
      return
    case '/half':
      res.write('half', () => res.destroy())
      return
    case '/swallow': {
      let bytes = 0
      req.on('data', (chunk: Buffer) => (bytes += chunk.byteLength))
      req.on('end', () => res.end(String(bytes)))
      return
    }
    case '/left-behind':
      res.end(JSON.stringify(countLeftBehind()))
      return
    default:
      res.writeHead(404).end()
  }
}

function* chunks(count: number): Generator<Buffer> {
  for (let i = 0; i < count; i++) yield CHUNK
}

// Aborts are what this is about.
function ignore(): void {}
