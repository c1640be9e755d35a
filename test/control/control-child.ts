import { openControl } from '../../src/control/open-control.ts'
import { FakePort } from './fake-port.ts'

/** A process with a real control server before a runtime without workers; says `open`, or why not. Ends with its channel. */
const [file = '', behaviour = ''] = process.argv.slice(2)

try {
  const control = await openControl({ name: 'shop', file, socket: null })
  const port = new FakePort()
  port.write('from before', { slot: 2, generation: 4 })
  port.write('from what was removed', { service: 'removed' })
  for (let n = 0; n < 3; n += 1) port.write(`line ${n} \u001b]0;title\u0007\u001b[31mred\u001b[0m \u009b2J`)
  port.write(JSON.stringify({ level: 40, time: 1, msg: 'from \u001b[31mpino' }), { slot: 1 })
  port.emit({ type: 'service.failed', service: 'auth' as never, error: { name: 'Error', message: 'bad \u001b[2Jthing' } })
  port.restartFails = behaviour === 'restart-fails'
  port.scaleFails = behaviour === 'scale-fails'
  if (behaviour === 'stop-late') port.stopReport = { ok: false, killed: ['auth/0#1'], abandoned: [], cut: [] }
  port.onStopped = () => {
    void control.close().then(() => process.disconnect?.())
  }
  if (behaviour === 'stop-cut') {
    // As for a stop that comes while another one is closing the socket; the process leaves with its channel.
    port.stop = () => {
      void control.close()
      return new Promise(() => {})
    }
  }
  control.serve(port)
  process.send?.('open')
} catch (error) {
  process.send?.((error as { code?: string }).code ?? String(error))
}
process.on('disconnect', () => process.exit(0))
