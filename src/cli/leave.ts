import type { StopReport } from '../control/port.ts'
import type { Oversight } from './oversight.ts'

const FLUSH_MS = 1000

/**
 * Ends the process for good. A thread that never ends (it sits in a native call) would keep `process.exit()` waiting for ever too; only a kill ends
 * that, and a guardian is told the code before.
 */
export async function leave(code: number, report: Pick<StopReport, 'abandoned'>, oversight?: Pick<Oversight, 'leaving'>): Promise<never> {
  process.exitCode = code
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  await oversight?.leaving(code)
  if (report.abandoned.length > 0) process.kill(process.pid, 'SIGKILL')
  process.exit(code)
}

async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, FLUSH_MS)
  stream.write('', () => resolve())
  await promise
  clearTimeout(timer)
}
