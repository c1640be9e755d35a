import { createInterface } from 'node:readline'
import { isServiceId } from '../model/ids.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { CommandContext } from './context.ts'
import { reportError } from './report-error.ts'

/** `rs` and Enter loads everything anew, `rs auth` one service. The returned function stops listening. */
export function reloadOnInput({ runtime, context }: { runtime: Pick<Runtime, 'reload'>; context: CommandContext }): () => void {
  const lines = createInterface({ input: process.stdin, terminal: false })
  lines.on('line', (line) => {
    const [word, service = ''] = line.trim().split(/\s+/)
    if (word !== 'rs') return
    if (service !== '' && !isServiceId(service)) return context.terminal.note('rs takes the name of a service, or nothing.')
    runtime.reload(service === '' ? null : service).catch((error: unknown) => reportError(error, context))
  })
  // Without this a closed or unreadable stdin (a daemon's) would end the runtime.
  process.stdin.on('error', () => lines.close())
  return () => {
    lines.close()
    process.stdin.pause()
  }
}
