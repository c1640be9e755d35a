import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { ToGuardian } from '../../src/guardian/messages.ts'

/**
 * What a guardian takes for a runtime: counts its boots in a file, notes the guardian's welcome beside it, and does what it is told for each
 * boot: `node fake-runtime.ts FILE die announce=3 …`; the last order holds for all further ones.
 */
const [file = '', ...orders] = process.argv.slice(2)
const boot = existsSync(file) ? Number(readFileSync(file, 'utf8')) + 1 : 1
writeFileSync(file, String(boot))
const [order = 'stay', value = '0'] = (orders[boot - 1] ?? orders.at(-1) ?? 'stay').split('=')

process.once('message', (message) => {
  writeFileSync(`${file}.${boot}`, JSON.stringify(message))
  process.stdout.write(
    `boot ${boot} ${process.pid} ${process.env['NODE_OPTIONS'] ?? 'no options'} ${process.env['MESHRT_NODE_OPTIONS'] ?? ''}\n`,
  )
  switch (order) {
    case 'die':
      return say({ type: 'locked' }, () => process.kill(process.pid, 'SIGKILL'))
    case 'announce':
      say({ type: 'locked' }, () => {})
      return say({ type: 'leaving', code: Number(value), next: 'end' }, () => process.kill(process.pid, 'SIGKILL'))
    case 'recycle':
      say({ type: 'locked' }, () => {})
      return say({ type: 'leaving', code: 0, next: 'reboot' }, () => process.kill(process.pid, 'SIGKILL'))
    case 'exit':
      return process.exit(Number(value))
    case 'deaf':
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.stdout.write(`heard ${signal}\n`))
      return say({ type: 'locked' }, () => process.stdout.write('deaf\n'))
    default:
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        process.on(signal, () => say({ type: 'leaving', code: 0, next: 'end' }, () => process.exit(0)))
      }
      return say({ type: 'locked' }, () => process.stdout.write('ready\n'))
  }
})
setInterval(() => {}, 1000)

function say(message: ToGuardian, then: () => void): void {
  process.send?.(message, undefined, undefined, then)
}
