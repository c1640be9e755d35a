import type { Transferable } from 'node:worker_threads'
import { parentPort, workerData } from 'node:worker_threads'
import { createMeshEndpoint, type MeshEndpoint } from '../../../src/mesh/endpoint.ts'
import { serviceId, type WorkerKey } from '../../../src/model/ids.ts'
import { WorkerRow } from '../../../src/model/worker-row.ts'
import { MESH, realClock } from '../mesh-rig.ts'
import { Journal } from './journal.ts'
import { workerOf, type FromServers, type ServerThreadData, type ToServers } from './protocol.ts'
import { SERVER_KINDS, serviceOf } from './servers/all.ts'
import type { ServerKind } from './servers/kind.ts'
import { addWebSockets } from './servers/web-sockets.ts'
import { surroundings } from '../surroundings.ts'

// One server of each kind, each reachable over loopback TCP and over the mesh: the very same object.

const data = workerData as ServerThreadData
const main = parentPort
if (main === null) throw new TypeError('server-thread.ts runs in a worker thread only')

const tell = (message: FromServers, transfer: readonly Transferable[] = []) => main.postMessage(message, transfer)
const journal = new Journal()
const endpoints = new Map<WorkerKey, MeshEndpoint>()
const ports: Record<string, number> = {}

for (const kind of SERVER_KINDS) ports[kind.name] = await start(kind)

main.on('message', (message: ToServers) => {
  if (message.kind === 'mesh') endpoints.get(message.to)?.receive(message.message)
  else void answer(message)
})
tell({ kind: 'ready', ports })

async function start(kind: ServerKind): Promise<number> {
  const hosted = await kind.create((id, line) => journal.note(id, line))
  const { server } = hosted
  journal.watch(server)
  if (kind.routes.has('ws')) addWebSockets(server, journal)
  // Longer than the suite: a connection that closes between two requests is another subject.
  server.keepAliveTimeout = 300_000
  await hosted.listen({ host: '127.0.0.1', port: 0 })
  const self = workerOf(serviceOf(kind))
  const endpoint = createMeshEndpoint({
    self,
    service: serviceId(serviceOf(kind)),
    mesh: MESH,
    snapshot: data.snapshot,
    row: new WorkerRow(data.rows[kind.name]),
    link: { send: (message, transfer) => tell({ kind: 'mesh', from: self, message }, transfer) },
    surroundings,
    clock: realClock,
  })
  endpoint.serve(server)
  endpoints.set(self, endpoint)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError(`${kind.name} does not listen on a port`)
  return address.port
}

async function answer({ id, about, until }: Extract<ToServers, { kind: 'journal' }>): Promise<void> {
  if (until !== null) await journal.has(about, until)
  tell({ kind: 'journal', id, lines: until === null ? await journal.settled(about) : [] })
}
