import { connect } from 'node:net'
import { isErrno } from '../errors/meshrt-error.ts'

/**
 * `absent`: no such socket. `refused`: nobody listens, its owner is dead. `open`: somebody accepts.
 * `stuck`: somebody is there but does not accept (its queue of connections is full, its process stopped).
 */
export type SocketState = 'absent' | 'refused' | 'open' | 'stuck'

/** Connects and hangs up. */
export async function probeSocket(path: string, deadlineMs: number): Promise<SocketState> {
  const { promise, resolve, reject } = Promise.withResolvers<SocketState>()
  const socket = connect({ path })
  const timer = setTimeout(() => resolve('stuck'), deadlineMs)
  socket.once('connect', () => resolve('open'))
  socket.on('error', (error) => {
    if (isErrno(error, 'ENOENT')) resolve('absent')
    else if (isErrno(error, 'ECONNREFUSED')) resolve('refused')
    else if (isErrno(error, 'EAGAIN', 'ECONNRESET', 'EPIPE')) resolve('stuck')
    else reject(error)
  })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}
