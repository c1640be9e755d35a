import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import type { FastifyInstance } from 'fastify'
import { Agent, setGlobalDispatcher } from 'undici'
import { wire } from 'undici-thread-interceptor'
import { MESH_DOMAIN, type Listening, type ThreadSetup } from './thread-plan.ts'

// One service in a plain worker thread: what meshrt's own worker is compared with.

if (!parentPort) throw new Error('This runs in a worker thread')
const { module, origins, transport, connections } = workerData as ThreadSetup
// npm undici and Node's own fetch share the global dispatcher.
if (connections !== null) setGlobalDispatcher(new Agent({ connections, pipelining: 1 }))
const { create } = (await import(module)) as Service
const app = create({ config: { origins } })
const url = await listen(app)
if (transport === 'interceptor') {
  // Requests of other threads go to the app past its socket, which is there to be steered by only.
  const server = 'ready' in app ? app : app.listeners('request')[0]
  wire({ server, port: parentPort, domain: MESH_DOMAIN })
}
parentPort.postMessage({ kind: 'listening', url } satisfies Listening, [])

interface Service {
  readonly create: (context: { readonly config: { readonly origins: ThreadSetup['origins'] } }) => Server | FastifyInstance
}

async function listen(app: Server | FastifyInstance): Promise<string> {
  if ('ready' in app) return await app.listen({ host: '127.0.0.1', port: 0 })
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  return `http://127.0.0.1:${(app.address() as AddressInfo).port}`
}
