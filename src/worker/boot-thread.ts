import { receiveMessageOnPort } from 'node:worker_threads'
import type { ThreadBoot, ThreadPorts } from '../itc/protocol.ts'
import { WorkerRow } from '../model/worker-row.ts'
import { bootWorker } from './boot.ts'
import type { CreateMeshPort } from './mesh-port.ts'
import { captureOutput } from './output-capture.ts'
import { keepSignals } from './own-signals.ts'
import { giveWorkingFolder } from './working-folder.ts'

/** Wires the worker of this thread as soon as it is told whose it is: at once, unless it was started early. */
export function bootThread({ itc, output }: ThreadPorts, createMeshPort: (boot: ThreadBoot) => CreateMeshPort): void {
  const boot = (told: ThreadBoot): void => {
    const row = new WorkerRow(told.row)
    captureOutput(output, row)
    bootWorker(told, {
      itc,
      row,
      createMeshPort: createMeshPort(told),
      prepare: (warn) => {
        giveWorkingFolder(warn)
        keepSignals()
      },
    })
  }
  const told = receiveMessageOnPort(itc)
  if (told === undefined) itc.once('message', boot)
  else boot(told.message as ThreadBoot)
}
