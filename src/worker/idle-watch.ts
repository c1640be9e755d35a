import type { IdleWatch } from './late-listen.ts'

/** Finds out when nothing but the runtime's port keeps the worker alive. The port counts again when the watch has ended. */
export function watchIdle(port: { ref(): void; unref(): void }): IdleWatch {
  const { promise: idle, resolve } = Promise.withResolvers<void>()
  const end = (): void => {
    process.off('beforeExit', look)
    port.ref()
  }
  // The port is what keeps it from ending now.
  const look = (): void => {
    end()
    resolve()
  }
  port.unref()
  process.once('beforeExit', look)
  return { idle, end }
}
