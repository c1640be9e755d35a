import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface Answer {
  readonly status: number
  readonly text: string
  readonly connection: string
}

export function request(port: number, options: { agent: http.Agent | false; path?: string; body?: string }): Promise<Answer> {
  const { agent, path = '/', body } = options
  return new Promise((resolve, reject) => {
    const outgoing = http.request({ host: '127.0.0.1', port, agent, path, method: body === undefined ? 'GET' : 'POST' }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      incoming.on('error', reject)
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text, connection: incoming.headers.connection ?? '' }))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Leaves a small machine time for what happens to the workers meanwhile. */
const PAUSE_MS = 10

/** Requests until it is stopped, each with an id that the service has to answer. */
export function startLoad(port: number, { clients, keepAlive }: { clients: number; keepAlive: boolean }) {
  const agent = keepAlive ? new http.Agent({ keepAlive: true, maxSockets: clients }) : false
  const failures: string[] = []
  const perSlot = new Map<string, number>()
  const state = { running: true }
  let sent = 0
  const loop = async (): Promise<void> => {
    while (state.running) {
      const id = `id-${++sent}`
      try {
        const { status, text } = await request(port, { agent, body: id })
        const [slot = '', answered] = text.split(' ')
        perSlot.set(slot, (perSlot.get(slot) ?? 0) + 1)
        if (status !== 200 || answered !== id) failures.push(`${id}: ${status} ${text}`)
      } catch (error) {
        failures.push(`${id}: ${String(error)}`)
      }
      await pause(PAUSE_MS)
    }
  }
  const loops = Array.from({ length: clients }, loop)
  return {
    failures,
    perSlot,
    get sent() {
      return sent
    },
    async stop(): Promise<void> {
      state.running = false
      await Promise.all(loops)
      if (agent) agent.destroy()
    },
  }
}

/** A connection on which the test writes and reads bytes itself. */
export async function connect(
  port: number,
): Promise<{ socket: net.Socket; send(text: string, expected: RegExp): Promise<string>; closed: Promise<unknown> }> {
  const socket = net.connect({ port, host: '127.0.0.1' })
  const closed = new Promise((resolve) => void socket.once('close', resolve))
  // Being cut is what some tests are about.
  socket.on('error', () => {})
  await once(socket, 'connect')
  let received = ''
  const waiting: (() => void)[] = []
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk
    for (const check of waiting.splice(0)) check()
  })
  return {
    socket,
    closed,
    send: (text, expected) =>
      new Promise((resolve) => {
        received = ''
        const check = (): void => {
          if (expected.test(received)) resolve(received)
          else waiting.push(check)
        }
        waiting.push(check)
        socket.write(text)
      }),
  }
}
