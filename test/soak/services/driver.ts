import { createServer, type Server } from 'node:http'
import { json } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { countLeftBehind, type LeftBehind } from './left-behind.ts'
import { oneOfAll } from './mixed-calls.ts'

export interface RunOrder {
  readonly requests: number
  readonly inFlight: number
}

export interface RunReport {
  readonly completed: number
  readonly aborted: number
  /** Errors that nobody asked for; none is expected. */
  readonly unexpected: readonly string[]
}

/** Calls the others as it is told to. */
export function create(): Server {
  return createServer((req, res) => {
    const reply = (value: unknown): void => void res.end(JSON.stringify(value))
    const failed = (error: unknown): void => void res.writeHead(500).end(String(error instanceof Error ? error.stack : error))
    if (req.url === '/left-behind') leftBehind().then(reply, failed)
    else if (req.url === '/run')
      json(req)
        .then((order) => run(order as RunOrder))
        .then(reply, failed)
    else
      json(req)
        .then((order) => send(order as { megabytes: number }))
        .then(reply, failed)
  })
}

async function leftBehind(): Promise<Readonly<Record<string, LeftBehind>>> {
  const peer = (await (await fetch('http://peer.plt.local/left-behind')).json()) as LeftBehind
  return { driver: countLeftBehind(), peer }
}

async function run({ requests, inFlight }: RunOrder): Promise<RunReport> {
  let left = requests
  const report = { completed: 0, aborted: 0, unexpected: [] as string[] }
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const end = await oneOfAll(Math.random)
      if (end === 'completed') report.completed++
      else if (end === 'aborted') report.aborted++
      else report.unexpected.push(end)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, caller))
  return report
}

/** A large body through three services in a row. Gives how many bytes came out at the end. */
async function send({ megabytes }: { readonly megabytes: number }): Promise<number> {
  const chunk = Buffer.alloc(1_048_576, 'y')
  const source = function* (): Generator<Buffer> {
    for (let i = 0; i < megabytes; i++) yield chunk
  }
  const body = Readable.toWeb(Readable.from(source())) as unknown as NonNullable<RequestInit['body']>
  const answer = await fetch('http://first.plt.local/', { method: 'POST', body, duplex: 'half' })
  return Number(await answer.text())
}
