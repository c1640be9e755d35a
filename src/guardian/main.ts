import { writeSync } from 'node:fs'
import { isErrno } from '../errors/meshrt-error.ts'
import { Guardian } from './guardian.ts'

const STDERR = 2

/** Arguments: the meshrt command to run, then its own arguments. Ends with the exit code of the last runtime. */
const guardian = new Guardian({
  command: process.argv.slice(2),
  print,
  passOn: (message) => {
    // Whoever started it may have left, and has heard enough then.
    if (process.connected) process.send?.(message, () => {})
  },
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => guardian.signal(signal))

process.exit(await guardian.run())

/** Without `process.stderr`, whose streams cost more memory than the guardian itself. Nobody listens any more: no reason to end. */
function print(text: string): void {
  try {
    writeSync(STDERR, `${text}\n`)
  } catch (error) {
    if (!isErrno(error, 'EPIPE', 'EIO', 'EAGAIN', 'EBADF', 'ENOSPC')) throw error
  }
}
