import { Worker } from 'node:worker_threads'
import { isErrno } from '../errors/meshrt-error.ts'

/** Options of Node.js that a worker thread would be refused or not given, as one text; null when there are none. */
export type RefusedOptions = (execArgv: readonly string[], nodeOptions: string) => string | null

/**
 * Asks this Node.js itself, whose list differs by version. Options are checked when a Worker is constructed; data that cannot be cloned
 * then ends the construction before there is a thread, so that nothing runs.
 */
export const refusedByWorkers: RefusedOptions = (execArgv, nodeOptions) => {
  try {
    void new Worker('', { eval: true, execArgv: [...execArgv], env: { NODE_OPTIONS: nodeOptions }, workerData: UNCLONEABLE })
  } catch (error) {
    if (!isErrno(error, 'ERR_WORKER_INVALID_EXEC_ARGV')) return null
    return error.message.replace(/^.*?: /, '')
  }
  return null
}

const UNCLONEABLE = (): void => {}
