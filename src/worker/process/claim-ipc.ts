import { IpcPort, type IpcEnd } from '../../itc/ipc-port.ts'
import type { RuntimePort } from '../boot.ts'

/**
 * Takes the channel to the runtime for meshrt alone: for the service its process is one whose parent speaks no IPC, as when it is started from a
 * shell. The port is ref'd.
 */
export function claimIpc(): RuntimePort {
  const send = process.send?.bind(process)
  const { channel } = process
  if (!send || !channel) throw new Error('Cannot host a service: this process has no channel to a runtime')
  const end: IpcEnd = {
    get connected() {
      return process.connected
    },
    on: process.on.bind(process) as IpcEnd['on'],
    send: send as IpcEnd['send'],
    // The runtime's end is what closes it: to close this one would only look as if the runtime had gone.
    disconnect: () => channel.unref(),
  }
  Object.defineProperty(process, 'send', { value: undefined, configurable: true, writable: true })
  channel.ref()
  return Object.assign(new IpcPort(end), { ref: () => channel.ref(), unref: () => channel.unref() })
}
