import { MessageChannel, Worker, type MessagePort, type ResourceLimits, type WorkerOptions } from 'node:worker_threads'
import type { ThreadPorts } from '../itc/protocol.ts'
import { formatSlotId, type WorkerId } from '../model/ids.ts'
import { ownEntry } from '../model/own-files.ts'
import type { LimitsSpec, ServiceSpec } from '../model/spec.ts'
import { execArgvOf } from './exec-argv.ts'
import { CAN_DENY_NET } from './permission-flags.ts'
import { readablePlaces } from './readable-places.ts'
import { hardHeapMb } from './v8-flags.ts'

// The worker's file has the extension of this one: sources in a checkout, JavaScript in the package.
const WORKER_FILE = ownEntry('worker/main')

/** What makes one thread different from another before it is told whose worker it is. */
export type ThreadOptions = Required<Pick<WorkerOptions, 'name' | 'argv' | 'execArgv' | 'resourceLimits'>> & {
  readonly env: Readonly<Record<string, string>>
}

/** A thread that runs meshrt's code, and nothing of a service before the first message on `itc`: a `ThreadBoot`. */
export interface StartedThread {
  readonly worker: Worker
  readonly itc: MessagePort
  readonly output: MessagePort
}

interface ThreadPlan {
  readonly spec: ServiceSpec
  readonly env: Readonly<Record<string, string>>
  /** Options of Node.js that have TypeScript compiled that it cannot strip. */
  readonly compiler: readonly string[]
  readonly lineDir: string | null
}

export function threadOptions(id: WorkerId, { spec, env, compiler, lineDir }: ThreadPlan): ThreadOptions {
  const lines = lineDir === null ? [] : [lineDir]
  return {
    name: formatSlotId(id),
    env,
    argv: [...spec.node.argv],
    execArgv: execArgvOf(spec, {
      compiler,
      canDenyNet: CAN_DENY_NET,
      // The ledgers of its lines to processes are read and written.
      readable: spec.permissions ? [...readablePlaces(spec), ...lines] : [],
      writable: lines,
    }),
    resourceLimits: resourceLimits(spec.limits),
  }
}

/** @throws what Node.js has against the options. */
export function startThread(options: ThreadOptions): StartedThread {
  const itc = new MessageChannel()
  const output = new MessageChannel()
  const workerData: ThreadPorts = { itc: itc.port2, output: output.port2 }
  try {
    const worker = new Worker(WORKER_FILE, {
      ...options,
      workerData,
      transferList: [itc.port2, output.port2],
      stdout: true,
      stderr: true,
    })
    return { worker, itc: itc.port1, output: output.port1 }
  } catch (error) {
    for (const port of [itc.port1, output.port1]) port.close()
    throw error
  }
}

const MB = 1024 * 1024

function resourceLimits(limits: LimitsSpec): ResourceLimits {
  return {
    ...(limits.heapBytes === null ? {} : { maxOldGenerationSizeMb: hardHeapMb(limits.heapBytes) }),
    ...(limits.youngGenerationBytes === null ? {} : { maxYoungGenerationSizeMb: Math.ceil(limits.youngGenerationBytes / MB) }),
    ...(limits.stackBytes === null ? {} : { stackSizeMb: Math.ceil(limits.stackBytes / MB) }),
  }
}
