import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { IpcPort } from '../../src/itc/ipc-port.ts'
import { tempDir, writeFiles } from '../support/temp-dir.ts'

test(
  'ipc-port: connections that a process was to be handed, and never was, end with it',
  { skip: process.platform === 'win32' },
  async (t) => {
    const dir = tempDir(t)
    // Takes nothing: its loop does not turn once.
    writeFiles(dir, { 'blocked.mjs': 'process.on("internalMessage", () => { for (;;); }); process.send("here")' })
    const child = fork(join(dir, 'blocked.mjs'), { serialization: 'advanced', execArgv: [] })
    t.after(() => child.kill('SIGKILL'))
    await once(child, 'message')
    const port = new IpcPort(child)
    const server = createServer().listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const { port: number } = server.address() as AddressInfo
    const others: Promise<unknown>[] = []
    for (let i = 0; i < 5; i++) {
      const socket = connect(number, '127.0.0.1')
      const [[accepted]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(socket, 'connect')])
      accepted.resume()
      accepted.on('error', () => {})
      others.push(once(accepted, 'close', { signal: AbortSignal.timeout(10_000) }))
      port.postMessage({ number: i }, [socket])
    }
    child.kill('SIGKILL')
    await Promise.all(others)
    assert.equal(child.connected, false)
  },
)
