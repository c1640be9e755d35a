import type { SocketClient } from './client.ts'

/** The WebSocket of browsers: Node's own, or that of an undici. */
export function browserSocketClient(
  WebSocket: typeof globalThis.WebSocket,
  name: string,
  /** What the last event is when there was no connection: undici 6 emits no `close` then. */
  lastOfFailure: 'close' | 'error' = 'close',
): SocketClient {
  return {
    kind: 'socket',
    name,
    async talk({ url, protocols, say, close }) {
      const events: string[] = []
      const socket = new WebSocket(url, [...protocols])
      socket.binaryType = 'arraybuffer'
      const { promise, resolve } = Promise.withResolvers<void>()
      let heard = 0
      socket.addEventListener('open', () => {
        events.push(`open ${socket.protocol}`)
        for (const one of say) socket.send(one)
      })
      socket.addEventListener('message', (event) => {
        const data = event.data as string | ArrayBuffer
        events.push(typeof data === 'string' ? describeMessage(Buffer.from(data), false) : describeMessage(Buffer.from(data), true))
        if (++heard === say.length && close !== null) socket.close(close.code, close.reason)
      })
      socket.addEventListener('error', () => {
        events.push('error')
        if (lastOfFailure === 'error' && socket.readyState !== WebSocket.OPEN) resolve()
      })
      socket.addEventListener('close', ({ code, reason, wasClean }) => {
        events.push(`close ${code} ${reason} ${wasClean ? 'clean' : 'not clean'}`)
        resolve()
      })
      await promise
      return { events }
    },
  }
}

export function describeMessage(data: Buffer, binary: boolean): string {
  const content = data.byteLength > 100 ? `… ${data.subarray(-10).toString('latin1')}` : data.toString('latin1')
  return `${binary ? 'bytes' : 'text'} ${data.byteLength}: ${content}`
}
