import { createServer, type IncomingMessage, type Server } from 'node:http'

/**
 * A server on which the benchmark gives an order, and waits for what comes of it. Between the two no request reaches it, so that steering
 * takes no part in what is measured.
 */
export function steeredServer(perform: (order: never) => Promise<unknown>): Server {
  return createServer((request, response) => {
    readJson(request)
      .then((order) => perform(order as never))
      .then((result) => response.end(JSON.stringify(result)))
      .catch((error: unknown) => response.writeHead(500).end(describe(error)))
  })
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk)
  return JSON.parse(text)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return `${error.stack ?? error.message}${error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`}`
}
