import { Worker, type Transferable } from 'node:worker_threads'
import { MeshCoordinator } from '../../../src/mesh/coordinator.ts'
import { serviceId, type WorkerKey } from '../../../src/model/ids.ts'
import { WorkerRow } from '../../../src/model/worker-row.ts'
import { MESH, realClock } from '../mesh-rig.ts'
import type { Cell } from './cells.ts'
import { workerOf, type CallerThreadData, type FromCaller, type FromServers, type Outcome, type ServerThreadData } from './protocol.ts'
import type { ToCaller, ToServers, Transport } from './protocol.ts'
import { SERVER_KINDS, serviceOf } from './servers/all.ts'
import { PLACE } from '../surroundings.ts'

const EXEC_ARGV = ['--experimental-eventsource', '--disable-warning=ExperimentalWarning', '--disable-warning=UNDICI-ES']

/** Plays the cells over both transports at the same time: the servers in one thread, the clients of each transport in one of their own. */
export async function playCells(cells: readonly Cell[]): Promise<Readonly<Record<Transport, readonly Outcome[]>>> {
  const threads: Worker[] = []
  const failed = Promise.withResolvers<never>()
  const start = (file: string, data: ServerThreadData | CallerThreadData) => {
    const thread = new Worker(new URL(file, import.meta.url), { workerData: data, execArgv: EXEC_ARGV, stderr: true })
    threads.push(thread)
    // Handlers fail on purpose, and some frameworks print that.
    const printed: string[] = []
    thread.stderr.setEncoding('utf8').on('data', (text: string) => printed.push(text))
    thread.on('error', (error) => failed.reject(new Error(`${file} has failed`, { cause: error })))
    thread.on('exit', (code) => failed.reject(new Error(`${file} has ended with code ${code}: ${printed.slice(-5).join('')}`)))
    return thread
  }
  try {
    return await Promise.race([failed.promise, playWith(cells, start)])
  } finally {
    failed.promise.catch(() => {})
    await Promise.all(threads.map((thread) => thread.terminate()))
  }
}

type Start = (file: string, data: ServerThreadData | CallerThreadData) => Worker

async function playWith(cells: readonly Cell[], start: Start) {
  const coordinator = new MeshCoordinator({ clock: realClock, emit: () => {}, ackDeadlineMs: 1_000, deny: {} })
  const rows = Object.fromEntries(SERVER_KINDS.map((kind) => [kind.name, new WorkerRow().shared]))
  const servers = start('./server-thread.ts', { snapshot: coordinator.snapshot, rows })
  const callers = new Map<Transport, Worker>()
  const ready = Promise.withResolvers<Readonly<Record<string, number>>>()
  servers.on('message', (message: FromServers) => {
    switch (message.kind) {
      case 'ready':
        ready.resolve(message.ports)
        return
      case 'mesh':
        coordinator.receive(message.from, message.message)
        return
      case 'journal':
        // Questions of the two callers are told apart by the parity of their numbers.
        post(callers.get(message.id % 2 === 0 ? 'tcp' : 'mesh'), { kind: 'journal', id: Math.floor(message.id / 2), lines: message.lines })
    }
  })
  const ports = await ready.promise
  for (const kind of SERVER_KINDS) {
    const to = workerOf(serviceOf(kind))
    coordinator.join(to, { send: (message, transfer) => post(servers, { kind: 'mesh', to, message }, transfer) })
    coordinator.up(to)
    await coordinator.route(
      { service: serviceId(serviceOf(kind)), slot: 0, generation: 1 },
      {
        row: rows[kind.name] ?? null,
        place: PLACE,
      },
    )
  }
  const hosts = {
    tcp: Object.fromEntries(SERVER_KINDS.map(({ name }) => [name, `127.0.0.1:${ports[name]}`])),
    mesh: Object.fromEntries(SERVER_KINDS.map((kind) => [kind.name, `${serviceOf(kind)}${MESH.domain}`])),
  }
  const [tcp, mesh] = await Promise.all(
    (['tcp', 'mesh'] as const).map((transport) => {
      const self = workerOf(`caller-${transport}`)
      const snapshot = coordinator.snapshot
      const thread = start('./caller-thread.ts', { transport, self, snapshot, hosts: hosts[transport], cells })
      callers.set(transport, thread)
      return playFrom(thread, { transport, self, coordinator, servers })
    }),
  )
  return { tcp: tcp ?? [], mesh: mesh ?? [] }
}

function playFrom(
  thread: Worker,
  at: { readonly transport: Transport; readonly self: WorkerKey; readonly coordinator: MeshCoordinator; readonly servers: Worker },
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  return new Promise((resolve) => {
    thread.on('message', (message: FromCaller) => {
      switch (message.kind) {
        case 'mesh':
          at.coordinator.receive(at.self, message.message)
          return
        case 'journal':
          post(at.servers, { ...message, id: message.id * 2 + (at.transport === 'tcp' ? 0 : 1) })
          return
        case 'outcome':
          outcomes[message.cell] = message.outcome
          return
        case 'done':
          resolve(outcomes)
      }
    })
    if (at.transport === 'mesh')
      at.coordinator.join(at.self, { send: (message, transfer) => post(thread, { kind: 'mesh', message }, transfer) })
    post(thread, { kind: 'start' })
  })
}

function post(thread: Worker | undefined, message: ToServers | ToCaller, transfer: readonly Transferable[] = []): void {
  thread?.postMessage(message, transfer)
}
