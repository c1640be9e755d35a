import { constants } from 'node:os'

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Calls back at every signal that means "stop", counted from 1. The returned function ends it. */
export function onStopSignal(listener: (signal: StopSignal, count: number) => void): () => void {
  let count = 0
  const handlers = SIGNALS.map((signal) => ({ signal, handler: () => listener(signal, (count += 1)) }))
  for (const { signal, handler } of handlers) process.on(signal, handler)
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler)
  }
}

/** What a shell reports for a command that a signal ended. */
export function exitCodeOfSignal(signal: StopSignal): number {
  return 128 + constants.signals[signal]
}
