import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { logPlace } from '../../src/cli/log-place.ts'
import { ControlClient } from '../../src/control/client.ts'
import { findRuntime } from '../../src/control/discovery.ts'
import { readJsonBody, sendError } from '../../src/control/http-reply.ts'
import { here } from '../../src/control/here.ts'
import { openControl } from '../../src/control/open-control.ts'
import { LIMITS } from '../../src/control/protocol.ts'
import { pathsOfFile } from '../../src/control/socket-path.ts'
import { runtimeSpec } from '../support/specs.ts'
import { openFake, scratch, until, type Scratch } from './scratch.ts'

const NOT_ROOT = process.getuid?.() !== 0 && 'only root can give files away'
const SOMEBODY_ELSE = 65_534

/** One request, byte by byte, and all that comes back. */
async function raw(socketPath: string, head: readonly string[], body = ''): Promise<string> {
  const socket = connect(socketPath)
  socket.write(`${[...head, 'connection: close'].join('\r\n')}\r\n\r\n${body}`)
  return text(socket)
}

function findFile({ file, env }: Scratch): Promise<unknown> {
  return findRuntime({ kind: 'file', file, named: true }, { place: here(env), orOnly: false })
}

test('a socket or a folder of another user is refused by client and server', { skip: NOT_ROOT }, async (t) => {
  const place = scratch(t)
  const { control } = await openFake(t, place)
  chownSync(control.socket, SOMEBODY_ELSE, SOMEBODY_ELSE)
  await assert.rejects(findFile(place), { code: 'MESHRT_SOCKET_UNSAFE', message: /another user \(uid 65534\)/ })
  chownSync(control.socket, 0, 0)
  chownSync(place.controlDir, SOMEBODY_ELSE, SOMEBODY_ELSE)
  await assert.rejects(findFile(place), { code: 'MESHRT_SOCKET_UNSAFE' })
  chownSync(place.controlDir, 0, 0)

  const taken = scratch(t)
  mkdirSync(taken.controlDir, { mode: 0o700 })
  chownSync(taken.controlDir, SOMEBODY_ELSE, SOMEBODY_ELSE)
  await assert.rejects(openControl({ name: 'x', file: taken.file, socket: null, env: taken.env }), { code: 'MESHRT_SOCKET_UNSAFE' })
})

test('a request from a web page, or for another host, is refused: a proxy may have let it through', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  const refused: [string, readonly string[]][] = [
    ['a foreign host', ['host: evil.com']],
    ['a host that only begins like ours', ['host: localhost.evil.com']],
    ['our address with a dot', ['host: 127.0.0.1.']],
    ['an empty host', ['host: ']],
    ['a second host', ['host: meshrt', 'host: evil.com']],
    ['a foreign origin', ['host: localhost', 'origin: http://evil.com']],
    ['an opaque origin', ['host: localhost', 'origin: null']],
    ['our own host as the origin, from another port', ['host: localhost:1', 'origin: http://localhost:2']],
    ['a page in a browser that leaves the origin out', ['host: localhost', 'sec-fetch-site: same-site']],
  ]
  for (const [name, headers] of refused) {
    const answer = await raw(control.socket, [
      'POST /v1/services/auth/restart HTTP/1.1',
      ...headers,
      'content-type: text/plain',
      'content-length: 0',
    ])
    assert.match(answer, /^HTTP\/1\.1 40[03] /, name)
  }
  assert.match(await raw(control.socket, ['GET /v1/runtime HTTP/1.1']), /^HTTP\/1\.1 400 [^]*"meshrt\.error\/v1"/, 'no host at all')
  assert.deepEqual(port.restarted, [])
  for (const host of ['meshrt', 'localhost', 'localhost:8080', '127.0.0.1:1', '[::1]:8080', 'MESHRT']) {
    assert.match(await raw(control.socket, ['GET /v1/health HTTP/1.1', `host: ${host}`]), /^HTTP\/1\.1 200 /, host)
  }
})

test('OPTIONS, HEAD and TRACE are answered with 405, and nothing allows other origins', async (t) => {
  const { control } = await openFake(t, scratch(t))
  for (const method of ['OPTIONS', 'HEAD', 'TRACE', 'DELETE']) {
    const answer = await raw(control.socket, [`${method} /v1/runtime HTTP/1.1`, 'host: meshrt'])
    assert.match(answer, /^HTTP\/1\.1 405 [^]*allow: GET/i, method)
    assert.doesNotMatch(answer, /access-control/i)
  }
})

test('an expectation that cannot be met is answered with 417 and a document, the one of HTTP is met', async (t) => {
  const { control } = await openFake(t, scratch(t))
  const ask = (expect: string): Promise<string> => raw(control.socket, ['GET /v1/health HTTP/1.1', 'host: meshrt', `expect: ${expect}`])
  assert.match(await ask('nonsense'), /^HTTP\/1\.1 417 [^]*"meshrt\.error\/v1"[^]*nonsense/)
  assert.match(await ask('100-continue'), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
})

test('what is not HTTP is answered with 400, but never within an answer that has begun', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  assert.match(await raw(control.socket, ['NOT HTTP AT ALL']), /^HTTP\/1\.1 400 /)
  const socket = connect(control.socket)
  socket.write('GET /v1/events?follow=1 HTTP/1.1\r\nhost: meshrt\r\n\r\n')
  let received = ''
  socket.on('data', (chunk) => (received += chunk.toString()))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await until(() => received.includes('live'))
  socket.write('\u0000\u0001 no request\r\n\r\n')
  await closed
  assert.equal(received.match(/HTTP\/1\.1/g)?.length, 1)
  assert.equal(port.listeners, 0)
})

test('a body that does not come is given up with 408', async (t) => {
  const server = createServer((request, response) => {
    readJsonBody(request, 20).catch((error: unknown) => sendError(response, error))
  })
  const path = `${scratch(t).project}/s.sock`
  server.listen(path)
  t.after(() => server.close())
  assert.match(
    await raw(path, ['POST / HTTP/1.1', 'host: meshrt', 'content-length: 9'], '{"a"'),
    /^HTTP\/1\.1 408 [^]*did not come within 20 ms/,
  )
})

test('names of prototypes, paths and dots are no routes, services or workers', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  const names = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'a.b.c',
    '..',
    '%2e%2e',
    '..%2f..%2fetc%2fpasswd',
    '%00',
    'auth%0d%0ax',
  ]
  for (const name of names) {
    for (const path of [
      `/v1/${name}`,
      `/v1/services/${name}/restart`,
      `/v1/services/auth/workers/${name}/restart`,
      `/v1/services/auth/${name}`,
    ]) {
      assert.match(await raw(control.socket, [`POST ${path} HTTP/1.1`, 'host: meshrt', 'content-length: 0']), /^HTTP\/1\.1 40[045] /, path)
    }
    assert.match(await raw(control.socket, [`GET /v1/logs?service=${name} HTTP/1.1`, 'host: meshrt']), /^HTTP\/1\.1 40[04] /, name)
  }
  assert.deepEqual(port.restarted, [])
})

test('what workers are started with cannot be had from the socket: no key of a body or query goes through', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  const bodies = [
    { execArgv: ['--inspect'] },
    { nodeOptions: '--inspect' },
    { env: { NODE_OPTIONS: '--inspect' } },
    { workers: 2, execArgv: ['--inspect'] },
  ]
  for (const path of ['restart', 'scale', 'start', 'stop'].map((name) => `/v1/services/auth/${name}`)) {
    for (const body of bodies.map((value) => JSON.stringify(value))) {
      const reply = await raw(control.socket, [`POST ${path} HTTP/1.1`, 'host: meshrt', `content-length: ${body.length}`], body)
      if (reply.startsWith('HTTP/1.1 200 ')) assert.doesNotMatch(JSON.stringify([port.restarted, port.scaled]), /inspect/)
      else assert.match(reply, /^HTTP\/1\.1 400 /, path)
    }
  }
  assert.doesNotMatch(JSON.stringify([port.restarted, port.scaled]), /inspect/)
})

test(
  'of a thousand half-open connections most are refused at once, the rest is hung up on, and then it answers',
  { timeout: 30_000 },
  async (t) => {
    const { control } = await openFake(t, scratch(t))
    const sockets: Socket[] = []
    t.after(() => sockets.forEach((socket) => socket.destroy()))
    let closed = 0
    for (let n = 0; n < 1000; n += 1) {
      const socket = connect(control.socket)
      socket.on('error', () => {}).on('close', () => (closed += 1))
      // Half of them have begun a request that never goes on.
      if (n % 2 === 0) socket.write('GET /v1/runtime HTTP/1.1\r\nhost: mesh')
      socket.resume()
      sockets.push(socket)
      if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => closed >= 1000 - LIMITS.connections)
    await until(() => closed === 1000, LIMITS.headersMs * 3)
    assert.equal((await new ControlClient(control.socket).view()).runtime.name, 'shop')
  },
)

test('a reader that does not read costs no memory', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  const socket = connect(control.socket)
  t.after(() => socket.destroy())
  socket.write('GET /v1/logs?follow&tail=0 HTTP/1.1\r\nhost: meshrt\r\n\r\n')
  socket.pause()
  await until(() => port.listeners > 0)
  const line = 'x'.repeat(60_000)
  const beforeBytes = process.memoryUsage().rss
  for (let n = 0; n < 4000; n += 1) {
    port.write(line)
    if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const grownBytes = process.memoryUsage().rss - beforeBytes
  assert.ok(grownBytes < 100 * 1024 * 1024, `240 MB were written, and the memory grew by ${Math.round(grownBytes / 1024 / 1024)} MB`)
})

test('a server of another version, or none of ours, is told from a runtime', async (t) => {
  const place = scratch(t)
  mkdirSync(place.controlDir, { mode: 0o700 })
  const { socket } = pathsOfFile(place.file, here(place.env))
  const answers = [{ 'meshrt-protocol': '99' }, {}]
  const server = createServer((_request, response) => response.writeHead(200, answers.shift()).end('{}'))
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  t.after(() => server.close())
  chmodSync(socket, 0o600)
  await assert.rejects(new ControlClient(socket).view(), { code: 'MESHRT_PROTOCOL_MISMATCH', message: /protocol 99, this command 1/ })
  await assert.rejects(new ControlClient(socket).view(), { code: 'MESHRT_PROTOCOL_MISMATCH', message: /protocol none/ })
})

test('a name from the runtime file makes no path: logs stay in their folder', () => {
  const env = { XDG_STATE_HOME: '/state' }
  for (const name of ['../../etc/passwd', '..', '/abs', 'a\0b', 'x\n', '.', '\u001b[2J', 'CON', '*']) {
    const { log, stderr } = logPlace(runtimeSpec([], { name }), env)
    assert.equal(dirname(log), '/state/meshrt', name)
    assert.equal(dirname(stderr), '/state/meshrt')
    assert.match(basename(log), /^[\w.-]+-[0-9a-f]{8}\.log$/)
  }
})
