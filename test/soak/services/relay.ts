import { createServer, request, type Server } from 'node:http'
import { pipeline, Readable } from 'node:stream'

/** Passes the body of a request on, and what the next one answers back. Every other service by `node:http`, every other by `fetch`. */
export function create({ service, config }: { readonly service: string; readonly config: { readonly next: string } }): Server {
  return createServer((req, res) => {
    const failed = (error: Error | null | undefined): void => {
      if (error) res.destroy(error)
    }
    if (service === 'second') {
      const onward = request(config.next, { method: 'POST' }, (answer) => pipeline(answer, res, failed))
      pipeline(req, onward, failed)
      return
    }
    const body = Readable.toWeb(req) as unknown as NonNullable<RequestInit['body']>
    void fetch(config.next, { method: 'POST', body, duplex: 'half' }).then(async (answer) => res.end(await answer.text()), failed)
  })
}
