import type { Transferable } from 'node:worker_threads'
import { parentPort, workerData } from 'node:worker_threads'
import { createMeshEndpoint, type MeshEndpoint } from '../../../src/mesh/endpoint.ts'
import { MESH, realClock } from '../mesh-rig.ts'
import type { Cell } from './cells.ts'
import type { CallerThreadData, FromCaller, Outcome, ToCaller } from './protocol.ts'
import { SCENARIOS } from './scenarios/all.ts'
import type { Place } from './scenarios/scenario.ts'
import type { Seen } from './seen.ts'
import { surroundings } from '../surroundings.ts'

// All clients, over one transport. In the thread of the TCP baseline nothing of the mesh is installed.

const AT_ONCE = 8
const DEADLINE_MS = 10_000

const data = workerData as CallerThreadData
const main = parentPort
if (main === null) throw new TypeError('caller-thread.ts runs in a worker thread only')

const tell = (message: FromCaller, transfer: readonly Transferable[] = []) => main.postMessage(message, transfer)
const asked = new Map<number, (lines: readonly string[]) => void>()
const endpoint = data.transport === 'mesh' ? joinMesh() : null
// As in a worker: the mesh is there before anything of the service is loaded.
const { allClients } = await import('./clients/all.ts')
const clients = new Map(allClients().map((client) => [client.name, client]))
const scenarios = new Map(SCENARIOS.map((scenario) => [scenario.name, scenario]))

main.on('message', (message: ToCaller) => {
  switch (message.kind) {
    case 'mesh':
      endpoint?.receive(message.message)
      return
    case 'journal':
      asked.get(message.id)?.(message.lines)
      asked.delete(message.id)
      return
    case 'start':
      void playAll()
  }
})

function joinMesh(): MeshEndpoint {
  const endpoint = createMeshEndpoint({
    self: data.self,
    service: null,
    mesh: MESH,
    snapshot: data.snapshot,
    row: null,
    link: { send: (message, transfer) => tell({ kind: 'mesh', message }, transfer) },
    surroundings,
    clock: realClock,
  })
  endpoint.installClients()
  return endpoint
}

async function playAll(): Promise<void> {
  const queue = [...data.cells.entries()]
  const players = Array.from({ length: AT_ONCE }, async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, cell] = next
      tell({ kind: 'outcome', cell: index, outcome: await play(index, cell) })
    }
  })
  await Promise.all(players)
  tell({ kind: 'done' })
}

async function play(index: number, cell: Cell): Promise<Outcome> {
  const id = `${data.transport === 'tcp' ? 't' : 'm'}${String(index).padStart(6, '0')}`
  const host = data.hosts[cell.server] ?? ''
  const client = clients.get(cell.client)
  const scenario = scenarios.get(cell.scenario)
  if (client === undefined || scenario === undefined) throw new TypeError(`There is no ${cell.client} or no "${cell.scenario}"`)
  const place: Place = {
    url: (path) => `http://${host}${path}${path.includes('?') ? '&' : '?'}id=${id}`,
    noted: async (line) => void (await ask(id, line)),
  }
  let seen: readonly Seen[] = []
  let server: readonly string[] = []
  let problem: string | null = null
  try {
    await inTime(
      (async () => {
        seen = await scenario.run(client as never, place)
        server = await ask(id, null)
        scenario.check(seen, client as never)
      })(),
    )
  } catch (error) {
    problem = error instanceof Error ? `${error.message}\nseen: ${JSON.stringify(seen)}` : String(error)
  }
  // What cannot be the same over two transports and says nothing about them.
  const neutral = JSON.stringify({ seen, server, problem }).replaceAll(host, '<host>').replaceAll(id, '<id>')
  return JSON.parse(neutral) as Outcome
}

function ask(about: string, until: string | null): Promise<readonly string[]> {
  const id = nextAsk++
  return new Promise((resolve) => {
    asked.set(id, resolve)
    tell({ kind: 'journal', id, about, until })
  })
}

let nextAsk = 1

async function inTime(work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`nothing more happened within ${DEADLINE_MS} ms`)), DEADLINE_MS)
  try {
    await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
