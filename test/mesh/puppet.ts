import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { Readable } from 'node:stream'
import { parentPort, workerData } from 'node:worker_threads'
import { createMeshEndpoint } from '../../src/mesh/endpoint.ts'
import { serviceId } from '../../src/model/ids.ts'
import { WorkerRow } from '../../src/model/worker-row.ts'
import { realClock, type FromPuppet, type PuppetData, type ToPuppet } from './mesh-rig.ts'
import { surroundings } from './surroundings.ts'

// A worker of the mesh that does what a test's requests and messages tell it to.

const data = workerData as PuppetData
const main = parentPort
if (main === null) throw new TypeError('puppet.ts runs in a worker thread only')

const tell = (message: FromPuppet, transfer: readonly unknown[] = []) => main.postMessage(message, transfer as never)
const held: ServerResponse[] = []
const gate = new Int32Array(data.gate)

const endpoint = createMeshEndpoint({
  self: data.self,
  service: serviceId(data.service),
  mesh: data.mesh,
  snapshot: data.snapshot,
  row: new WorkerRow(data.row),
  link: { send: (message, transfer) => tell({ kind: 'mesh', message }, transfer) },
  surroundings,
  clock: realClock,
})
endpoint.installClients()

main.on('message', (message: ToPuppet) => {
  switch (message.kind) {
    case 'mesh':
      endpoint.receive(message.message)
      return
    case 'drain':
      // Never rejects.
      void endpoint.drain({ deadlineMs: message.deadlineMs }).then(({ cut }) => tell({ kind: 'drained', cut }))
      return
    case 'stall':
      tell({ kind: 'stalling' })
      Atomics.wait(gate, 0, 0)
      Atomics.store(gate, 0, 0)
      tell({ kind: 'awake' })
      return
    case 'release':
      for (const res of held.splice(0)) res.end(data.self)
  }
})

endpoint.serve(createServer(handle))
tell({ kind: 'ready' })

function handle(req: IncomingMessage, res: ServerResponse): void {
  const url = new URL(req.url ?? '/', 'http://puppet')
  const id = String(req.headers['x-id'] ?? '')
  const saw = (what: string) => tell({ kind: 'saw', what, id })
  switch (url.pathname) {
    case '/who':
      res.end(data.self)
      return
    case '/echo':
      pipeline(req, res, () => {})
      return
    case '/hold':
      res.on('close', () => saw(res.writableFinished ? 'finished' : 'aborted'))
      held.push(res)
      saw('held')
      return
    case '/await':
      saw('waiting')
      // What a handler does between two looks at its connection.
      setTimeout(() => saw(req.destroyed && res.destroyed ? 'noticed' : 'missed'), 200)
      return
    case '/exit':
      saw('exiting')
      process.exit(3)
      break
    case '/throw':
      throw new Error('uncaught on purpose')
    case '/block':
      saw('blocked')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      return
    case '/stall':
      saw('stalled')
      Atomics.wait(gate, 0, 0)
      Atomics.store(gate, 0, 0)
      res.end(data.self)
      return
    case '/record':
      saw('handled')
      pipeline(req, res, () => {})
      return
    case '/bytes':
      pipeline(Readable.from(chunks(Number(url.searchParams.get('n')))), res, (error) => saw(error ? 'stream broken' : 'stream done'))
      return
    case '/half':
      res.write('half')
      res.on('close', () => saw('aborted'))
      saw('half')
      return
    case '/half-then-break':
      res.write('half', () => res.destroy(new Error('broken on purpose')))
      return
    case '/swallow':
      // Reads nothing: the sender has to wait.
      saw('swallow')
      req.on('close', () => saw('request closed'))
      return
    case '/proxy':
      void fetch(url.searchParams.get('to') ?? '').then(
        async (answer) => res.end(await answer.text()),
        (error: unknown) => res.writeHead(502).end(String(error)),
      )
      return
    default:
      res.writeHead(404).end()
  }
}

function* chunks(count: number): Generator<Buffer> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(65_536, i % 251)
}
