import type { CallsToWorker, NoticesToRuntime, NoticesToWorker } from './protocol.ts'

type None = Record<string, never>

/** The runtime's end of a worker's messenger. */
export interface RuntimeDialect {
  callsOut: { [T in keyof CallsToWorker]: CallsToWorker[T] }
  callsIn: None
  noticesOut: { [T in keyof NoticesToWorker]: NoticesToWorker[T] }
  noticesIn: { [T in keyof NoticesToRuntime]: NoticesToRuntime[T] }
}

/** The worker's end. */
export interface WorkerDialect {
  callsOut: None
  callsIn: RuntimeDialect['callsOut']
  noticesOut: RuntimeDialect['noticesIn']
  noticesIn: RuntimeDialect['noticesOut']
}
