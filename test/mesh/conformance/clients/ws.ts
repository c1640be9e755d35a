import { WebSocket } from 'ws'
import { describeMessage } from './browser-socket.ts'
import type { SocketClient } from './client.ts'

export const wsClient: SocketClient = {
  kind: 'socket',
  name: 'ws',
  async talk({ url, protocols, say, close }) {
    const events: string[] = []
    const socket = new WebSocket(url, [...protocols])
    const { promise, resolve } = Promise.withResolvers<void>()
    let heard = 0
    socket.on('upgrade', ({ statusCode }) => events.push(`upgrade ${statusCode}`))
    socket.on('open', () => {
      events.push(`open ${socket.protocol}`)
      for (const one of say) socket.send(one)
    })
    socket.on('message', (data, binary) => {
      events.push(describeMessage(data as Buffer, binary))
      if (++heard === say.length && close !== null) socket.close(close.code, close.reason)
    })
    socket.on('error', (error) => events.push(`error ${error.message}`))
    socket.on('close', (code, reason) => {
      events.push(`close ${code} ${reason.toString()}`)
      resolve()
    })
    await promise
    return { events }
  },
}
