import type { Server } from 'node:http'
import { request } from 'undici'
import { BulkCheck, bulkBuffer, bulkSource } from '../load/bulk.ts'
import { steeredServer } from './steered.ts'

export const MOVES = ['download', 'upload, one Buffer', 'upload, stream'] as const

export type Move = (typeof MOVES)[number]

export interface MoveOrder {
  /** `prepare` only makes the buffer that will be sent. */
  readonly move: Move | 'prepare'
  readonly origin: string
  readonly bytes: number
}

export interface MoveReport {
  readonly tookMs: number
}

/** Sent by uploads of one Buffer, over and over. */
let held: Buffer = Buffer.alloc(0)

/** Moves large bodies to and from another service. */
export function create(): Server {
  return steeredServer(perform)
}

async function perform(order: MoveOrder): Promise<MoveReport> {
  const sinceMs = performance.now()
  const movedBytes = await move(order)
  if (movedBytes !== order.bytes) throw new Error(`${order.move}: ${movedBytes} of ${order.bytes} bytes arrived`)
  return { tookMs: performance.now() - sinceMs }
}

function move({ move, origin, bytes }: MoveOrder): Promise<number> {
  switch (move) {
    case 'prepare':
      held = bulkBuffer(bytes)
      return Promise.resolve(bytes)
    case 'download':
      return download(`${origin}/${bytes}`)
    case 'upload, one Buffer':
      return upload(`${origin}/`, held)
    case 'upload, stream':
      return upload(`${origin}/`, bulkSource(bytes))
    default:
      throw new Error(`Unknown move ${String(move satisfies never)}`)
  }
}

async function download(url: string): Promise<number> {
  const { statusCode, body } = await request(url)
  if (statusCode !== 200) throw new Error(`${url}: status ${statusCode}`)
  const check = new BulkCheck()
  for await (const chunk of body) check.take(chunk as Buffer)
  return check.bytes
}

async function upload(url: string, content: Buffer | ReturnType<typeof bulkSource>): Promise<number> {
  const { statusCode, body } = await request(url, { method: 'POST', body: content })
  if (statusCode !== 200) throw new Error(`${url}: status ${statusCode}`)
  return Number(await body.text())
}
