/** Entry of a worker thread. Its `workerData` is a `ThreadPorts`. */
import workerThreads from 'node:worker_threads'
import { syncBuiltinESMExports } from 'node:module'
import type { ThreadPorts } from '../itc/protocol.ts'
import { createMeshEndpoint } from '../mesh/endpoint.ts'
import { ownSockets } from '../mesh/socket/line-sockets.ts'
import { bootThread } from './boot-thread.ts'

const ports = workerThreads.workerData as ThreadPorts

// The ports in it are the runtime's business, not the service's.
Object.assign(workerThreads, { workerData: null })
syncBuiltinESMExports()

bootThread(
  ports,
  ({ lineDir }) =>
    (options) =>
      createMeshEndpoint({ ...options, surroundings: { place: 'thread', lineDir, sockets: ownSockets } }),
)
