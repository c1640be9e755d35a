/** Entry of a worker thread. Its `workerData` is a `WorkerBoot`. */
import workerThreads from 'node:worker_threads'
import { syncBuiltinESMExports } from 'node:module'
import type { WorkerBoot } from '../itc/protocol.ts'
import { createMeshEndpoint } from '../mesh/endpoint.ts'
import { bootWorker } from './boot.ts'

const boot = workerThreads.workerData as WorkerBoot

// The ports in it are the runtime's business, not the service's.
Object.assign(workerThreads, { workerData: null })
syncBuiltinESMExports()

bootWorker(boot, createMeshEndpoint)
