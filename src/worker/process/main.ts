/** Entry of a worker that is a process of its own. Its first message is a `WorkerBoot`. */
import { Socket } from 'node:net'
import { explainDenied } from '../../errors/access-denied.ts'
import type { WorkerBoot } from '../../itc/protocol.ts'
import { createMeshEndpoint } from '../../mesh/endpoint.ts'
import { DeliveredSockets } from '../../mesh/socket/line-sockets.ts'
import { toErrorInfo } from '../../model/failure.ts'
import { WorkerRow } from '../../model/worker-row.ts'
import { bootWorker } from '../boot.ts'
import { blockOnOutput } from './blocking-output.ts'
import { claimIpc } from './claim-ipc.ts'
import { startPulse } from './pulse.ts'

blockOnOutput()
const itc = claimIpc()
let booted = false
itc.on('message', (message) => {
  if (booted) return
  booted = true
  boot(message as WorkerBoot)
})

// The runtime has ended, or does not want this process any more: it is nobody's. What it has started goes with it.
itc.on('close', () => {
  process.kill(-process.pid, 'SIGKILL')
})

function boot(told: WorkerBoot): void {
  const row = new WorkerRow()
  const sockets = new DeliveredSockets()
  process.argv[1] = told.service.entry
  const messenger = bootWorker(told, {
    itc,
    row,
    createMeshPort: (options) => createMeshEndpoint({ ...options, surroundings: { place: 'process', lineDir: told.lineDir, sockets } }),
    onLine: (path, handle) => sockets.deliver(path, handle instanceof Socket ? handle : null),
  })
  // Only looks on: what becomes of the process is the service's affair, and Node's.
  process.on('uncaughtExceptionMonitor', (error) =>
    messenger.notify('failed', { error: toErrorInfo(explainDenied(error, told.id.service)) }),
  )
  startPulse(row, (pulse) => messenger.notify('pulse', pulse))
}
