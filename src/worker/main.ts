/** Entry of a worker thread. Its `workerData` is a `ThreadBoot`. */
import workerThreads from 'node:worker_threads'
import { syncBuiltinESMExports } from 'node:module'
import type { ThreadBoot } from '../itc/protocol.ts'
import { createMeshEndpoint } from '../mesh/endpoint.ts'
import { ownSockets } from '../mesh/socket/line-sockets.ts'
import { bootThread } from './boot-thread.ts'

const boot = workerThreads.workerData as ThreadBoot

// The ports in it are the runtime's business, not the service's.
Object.assign(workerThreads, { workerData: null })
syncBuiltinESMExports()

bootThread(boot, (options) =>
  createMeshEndpoint({ ...options, surroundings: { place: 'thread', lineDir: boot.lineDir, sockets: ownSockets } }),
)
