import type { MessagePort } from 'node:worker_threads'
import type { IdleWatch } from './late-listen.ts'

/** Finds out when nothing but the runtime's port keeps the thread alive. The port counts again when the watch has ended. */
export function watchIdle(port: MessagePort): IdleWatch {
  const { promise: idle, resolve } = Promise.withResolvers<void>()
  const end = (): void => {
    process.off('beforeExit', look)
    port.ref()
  }
  // The port is what keeps the thread from ending now.
  const look = (): void => {
    end()
    resolve()
  }
  port.unref()
  process.once('beforeExit', look)
  return { idle, end }
}
