/** A worker thread with a stand-in for the mesh: its server is reached over a loopback port that the test is told. */
import net from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import type { ThreadPorts } from '../../../src/itc/protocol.ts'
import { bootThread } from '../../../src/worker/boot-thread.ts'
import type { CreateMeshPort } from '../../../src/worker/mesh-port.ts'
import { NOTHING_CUT } from '../../../src/model/cut.ts'

const createFakeMesh: CreateMeshPort = () => {
  const closers: (() => void)[] = []
  return {
    receive: () => {},
    installClients: () => {},
    serve(server) {
      const bridge = net.createServer({ allowHalfOpen: true }, (socket) => server.emit('connection', socket))
      bridge.unref()
      closers.push(() => void bridge.close())
      bridge.listen(0, '127.0.0.1', () => {
        // Of a worker, not of a window.
        // oxlint-disable-next-line unicorn/require-post-message-target-origin
        parentPort?.postMessage({ bridge: (bridge.address() as net.AddressInfo).port })
      })
    },
    drain: () => Promise.resolve({ cut: NOTHING_CUT }),
    close: () => closers.forEach((close) => close()),
  }
}

bootThread(workerData as ThreadPorts, () => createFakeMesh)
