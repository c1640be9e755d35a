import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { serialize } from 'node:v8'
import { Wire } from '../../../src/mesh/socket/wire.ts'
import { tempDir } from '../../support/temp-dir.ts'

async function sockets(t: TestContext): Promise<readonly [Socket, Socket]> {
  const path = join(tempDir(t), 's')
  const server = createServer().listen(path)
  await once(server, 'listening')
  const near = connect(path)
  const [far] = (await once(server, 'connection')) as [Socket]
  t.after(() => {
    for (const one of [near, far]) one.destroy()
    server.close()
  })
  return [near, far]
}

/** A wire that writes down what it hears. */
function heard() {
  const messages: unknown[] = []
  let wake = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const wire = new Wire({
    onMessage: (message) => {
      messages.push(message)
      wake.resolve()
      wake = Promise.withResolvers()
    },
    onClosed: closed.resolve,
  })
  const until = async (count: number) => {
    while (messages.length < count) await wake.promise
    return messages
  }
  return { wire, messages, until, closed: closed.promise }
}

/** Its sockets do not hold the process. */
function keepAlive(t: TestContext): void {
  const timer = setInterval(() => {}, 1000)
  t.after(() => clearInterval(timer))
}

test('wire: what is sent before it is connected arrives, in order, small and large', async (t) => {
  keepAlive(t)
  const [near, far] = await sockets(t)
  const [a, b] = [heard(), heard()]
  const large = new Uint8Array(300_000).fill(7)
  a.wire.send(['first', 1])
  a.wire.send(large)
  b.wire.attach(far)
  a.wire.attach(near)
  a.wire.send('last')
  assert.deepEqual(await b.until(3), [['first', 1], large, 'last'])
})

test('wire: messages arrive whole, however the bytes are cut', async (t) => {
  keepAlive(t)
  const [near, far] = await sockets(t)
  const { wire, until } = heard()
  wire.attach(far)
  const bytes = Buffer.concat(
    ['one', { two: 2 }].flatMap((message) => {
      const body = serialize(message)
      const head = Buffer.alloc(4)
      head.writeUInt32LE(body.byteLength)
      return [head, body]
    }),
  )
  near.setNoDelay(true)
  for (const byte of bytes) {
    near.write(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  assert.deepEqual(await until(2), ['one', { two: 2 }])
})

test('wire: what was sent before a close arrives before it', async (t) => {
  keepAlive(t)
  const [near, far] = await sockets(t)
  const [a, b] = [heard(), heard()]
  a.wire.attach(near)
  b.wire.attach(far)
  for (let i = 0; i < 100; i++) a.wire.send(i)
  a.wire.close()
  await b.closed
  assert.equal(b.messages.length, 100)
})

test('wire: what is no message ends it, and nothing else', async (t) => {
  keepAlive(t)
  const [near, far] = await sockets(t)
  const { wire, messages, closed } = heard()
  wire.attach(far)
  near.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3]))
  await closed
  assert.deepEqual(messages, [])
})

test('wire: a listener that throws costs its own message only', async (t) => {
  keepAlive(t)
  const [near, far] = await sockets(t)
  const thrown = Promise.withResolvers<unknown>()
  process.setUncaughtExceptionCaptureCallback(thrown.resolve)
  t.after(() => process.setUncaughtExceptionCaptureCallback(null))
  const rest = Promise.withResolvers<unknown>()
  const wire = new Wire({
    onMessage: (message) => {
      if (message === 'bad') throw new Error('of the listener')
      rest.resolve(message)
    },
    onClosed: () => {},
  })
  wire.attach(far)
  const other = heard()
  other.wire.send('bad')
  other.wire.send('good')
  other.wire.attach(near)
  assert.equal(((await thrown.promise) as Error).message, 'of the listener')
  assert.equal(await rest.promise, 'good')
})

const LAST_WORDS = `
const net = require('node:net'), v8 = require('node:v8'), fs = require('node:fs')
const socket = net.connect(process.argv[1], () => {
  for (let i = 0; i < 50; i++) {
    const body = v8.serialize(i), head = Buffer.alloc(4)
    head.writeUInt32LE(body.byteLength)
    socket.write(Buffer.concat([head, body]))
  }
  process.kill(process.pid, 'SIGKILL')
})
`

test('wire: the last words of a process that is killed are heard, also when the next write fails first', async (t) => {
  keepAlive(t)
  const path = join(tempDir(t), 's')
  const server = createServer({ pauseOnConnect: true }).listen(path)
  t.after(() => server.close())
  await once(server, 'listening')
  const child = spawn(process.execPath, ['-e', LAST_WORDS, path], { stdio: 'ignore' })
  const [socket] = (await once(server, 'connection')) as [Socket]
  await once(child, 'exit')
  const { wire, messages, closed } = heard()
  wire.attach(socket)
  // Nobody is there: this fails, and destroys the socket before it has been read.
  wire.send('too late')
  await closed
  assert.equal(messages.length, 50)
})
