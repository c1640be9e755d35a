import { once } from 'node:events'

/** Says each thing on a WebSocket once the one before has been answered; an empty one only waits. Resolves with the answers. */
export async function converse(url: string, says: readonly string[]): Promise<readonly string[]> {
  const socket = new WebSocket(url)
  const received: string[] = []
  let settle = Promise.withResolvers<void>()
  socket.addEventListener('message', ({ data }) => {
    received.push(String(data))
    settle.resolve()
  })
  const failed = new Promise<never>((_resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error(`The WebSocket to ${url} failed`)))
    socket.addEventListener('close', ({ code }) => reject(new Error(`The WebSocket to ${url} was closed with ${code}`)))
  })
  // It is closed in the end, when nobody waits for it any more.
  failed.catch(() => {})
  await Promise.race([failed, once(socket, 'open')])
  for (const [index, text] of says.entries()) {
    if (text !== '') socket.send(text)
    while (received.length <= index) {
      await Promise.race([failed, settle.promise])
      settle = Promise.withResolvers()
    }
  }
  socket.close()
  return received
}
