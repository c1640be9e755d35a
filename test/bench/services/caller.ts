import type { Server } from 'node:http'
import { clients, type ClientName } from '../load/clients.ts'
import { closedLoop, type LoopResult } from '../load/closed-loop.ts'
import item from './item.json' with { type: 'json' }
import { steeredServer } from './steered.ts'

export interface CallOrder {
  readonly client: ClientName
  readonly inFlight: number
  readonly durationMs: number
  /** Called in turn. */
  readonly urls: readonly string[]
}

export type CallReport =
  | { readonly kind: 'measured'; readonly loop: LoopResult; readonly cpuUs: number }
  | { readonly kind: 'unsupported'; readonly why: string }

const EXPECTED = JSON.stringify(item)

/** Puts load on other services, from within its own thread. */
export function create(): Server {
  return steeredServer(measure)
}

async function measure({ client, urls, inFlight, durationMs }: CallOrder): Promise<CallReport> {
  let turn = 0
  const call = async (): Promise<void> => {
    const url = urls[turn++ % urls.length] ?? ''
    const { status, text } = await clients[client](url)
    if (status !== 200 || text !== EXPECTED) throw new Error(`${client} ${url}: bad answer ${status} ${text}`)
  }
  const why = await whyUnsupported(client, call)
  if (why !== null) return { kind: 'unsupported', why }
  const before = process.cpuUsage()
  const loop = await closedLoop(call, { inFlight, durationMs })
  const { user, system } = process.cpuUsage(before)
  return { kind: 'measured', loop, cpuUs: user + system }
}

/** A client that passes the mesh by asks DNS, which knows no mesh host. undici always has a way into every contender. */
async function whyUnsupported(client: ClientName, call: () => Promise<void>): Promise<string | null> {
  try {
    await call()
    return null
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (client === 'node:http' && (code === 'ENOTFOUND' || code === 'EAI_AGAIN')) return `${client} asked DNS: ${code}`
    throw error
  }
}
