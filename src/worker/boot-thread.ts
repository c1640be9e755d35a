import type { ThreadBoot } from '../itc/protocol.ts'
import { WorkerRow } from '../model/worker-row.ts'
import { bootWorker } from './boot.ts'
import type { CreateMeshPort } from './mesh-port.ts'
import { captureOutput } from './output-capture.ts'
import { keepSignals } from './own-signals.ts'
import { giveWorkingFolder } from './working-folder.ts'

/** Wires the worker of this thread. */
export function bootThread({ row: shared, itc, output, ...boot }: ThreadBoot, createMeshPort: CreateMeshPort): void {
  const row = new WorkerRow(shared)
  captureOutput(output, row)
  bootWorker(boot, {
    itc,
    row,
    createMeshPort,
    prepare: (warn) => {
      giveWorkingFolder(warn)
      keepSignals()
    },
  })
}
