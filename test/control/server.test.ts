import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { finished, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { ControlClient } from '../../src/control/client.ts'
import { openControl } from '../../src/control/open-control.ts'
import { ConfigError } from '../../src/errors/config-error.ts'
import type { StampedEvent } from '../../src/model/events.ts'
import { serviceId } from '../../src/model/ids.ts'
import type { LogLine } from '../../src/model/log-line.ts'
import { openFake, scratch, until } from './scratch.ts'

const AUTH = { service: serviceId('auth'), slot: null }

interface Reply {
  readonly status: number
  readonly body: string
  readonly headers: IncomingMessage['headers']
}

async function ask(socketPath: string, { method = 'GET', path = '/', body = '', headers = {} as Record<string, string> }): Promise<Reply> {
  const outgoing = request({ socketPath, method, path, agent: false, headers })
  outgoing.on('error', () => {})
  outgoing.end(body === '' ? undefined : body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, body: await text(response), headers: response.headers }
}

test('GET /v1/runtime answers with the view, and both ends name their protocol', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  const reply = await ask(control.socket, { path: '/v1/runtime' })
  assert.equal(reply.status, 200)
  assert.equal(reply.headers['meshrt-protocol'], '1')
  assert.deepEqual(JSON.parse(reply.body), JSON.parse(JSON.stringify(port.view())))
  const other = await ask(control.socket, { path: '/v1/runtime', headers: { 'meshrt-protocol': '99' } })
  assert.equal((JSON.parse(other.body) as { code: string }).code, 'MESHRT_PROTOCOL_MISMATCH')
})

test('health is answered before there is a runtime, the rest as soon as there is one', async (t) => {
  const place = scratch(t)
  const control = await openControl({ name: 'shop', file: place.file, socket: null, env: place.env })
  t.after(() => control.close())
  const health = await ask(control.socket, { path: '/v1/health' })
  assert.equal((JSON.parse(health.body) as { state: string }).state, 'starting')
  const early = ask(control.socket, { path: '/v1/runtime' })
  const { FakePort } = await import('./fake-port.ts')
  control.serve(new FakePort())
  assert.equal((await early).status, 200)
})

const RESTART = { path: '/v1/services/auth/restart', method: 'POST' }
const SCALE = { path: '/v1/services/auth/scale', method: 'POST' }
const BAD_REQUESTS = [
  { name: 'unknown route', path: '/v1/nothing', status: 404 },
  { name: '__proto__ as a route', path: '/__proto__', status: 404 },
  { name: 'constructor as a route', path: '/constructor', status: 404 },
  { name: 'GET that would change something', path: '/v1/stop', status: 405 },
  { name: 'GET that would restart', path: '/v1/services/auth/restart', status: 405 },
  { name: 'POST where only GET is', path: '/v1/runtime', method: 'POST', status: 405 },
  { name: '__proto__ as a method', path: '/v1/runtime', method: 'PROPFIND', status: 405 },
  { name: 'a service that is no name', path: '/v1/services/__proto__/restart', method: 'POST', status: 404 },
  { name: 'an encoded path', path: '/v1/services/%61uth/restart', method: 'POST', status: 404 },
  { name: 'a path out of the table', path: '/v1/services/auth/../gateway/restart', method: 'POST', status: 404 },
  { name: 'a service that is not there', path: '/v1/services/nobody/restart', method: 'POST', status: 404 },
  { name: 'a worker that is not there', path: '/v1/services/auth/workers/77/restart', method: 'POST', status: 404 },
  { name: 'a worker that is no number', path: '/v1/services/auth/workers/-1/restart', method: 'POST', status: 404 },
  { name: 'a query that the route does not take', ...RESTART, path: `${RESTART.path}?hard`, status: 400 },
  { name: 'invalid JSON', ...SCALE, body: '{', status: 400 },
  { name: 'no number of workers', ...SCALE, body: '{}', status: 400 },
  { name: 'a number of workers that is text', ...SCALE, body: '{"workers":"2"}', status: 400 },
  { name: 'a number of workers of a prototype', ...SCALE, body: '{"__proto__":{"workers":2}}', status: 400 },
  { name: 'a list in place of a body', ...SCALE, body: '[2]', status: 400 },
  { name: 'null in place of a body', ...SCALE, body: 'null', status: 400 },
  { name: 'a key that the body does not have', ...SCALE, body: '{"workers":2,"force":true}', status: 400 },
  { name: 'a reload without time', path: '/v1/reload', method: 'POST', body: '{"timeoutMs":0}', status: 400 },
  { name: 'a dry run that is text', path: '/v1/reload', method: 'POST', body: '{"dryRun":"yes"}', status: 400 },
  { name: 'a tail that is no number', path: '/v1/logs?tail=many', status: 400 },
  { name: 'a level that is none', path: '/v1/logs?level=loud', status: 400 },
  { name: 'a level of a prototype', path: '/v1/logs?level=constructor', status: 400 },
  { name: 'a moment that is none', path: '/v1/logs?since=yesterday', status: 400 },
  { name: 'a type of events that is a pattern of another kind', path: '/v1/events?type=(a%2B)%2B', status: 400 },
  { name: 'events of an unknown service', path: '/v1/events?service=nobody', status: 404 },
  { name: 'a tail that comes twice', path: '/v1/logs?tail=1&tail=2', status: 400 },
  { name: 'logs of what is no name', path: '/v1/logs?service=__proto__', status: 400 },
  { name: 'logs of an unknown service', path: '/v1/logs?service=nobody', status: 404 },
  { name: 'a body over a megabyte', ...SCALE, body: 'x'.repeat(1024 * 1024 + 1), status: 413 },
]

for (const { name, status, ...what } of BAD_REQUESTS) {
  test(`${name} is answered with ${status} and an error document`, async (t) => {
    const { control, port } = await openFake(t, scratch(t))
    const reply = await ask(control.socket, what)
    assert.equal(reply.status, status)
    assert.equal((JSON.parse(reply.body) as { schema: string }).schema, 'meshrt.error/v1')
    assert.deepEqual([port.restarted, port.scaled, port.reloaded], [[], [], []])
    assert.equal((await ask(control.socket, { path: '/v1/health' })).status, 200, 'the server goes on')
  })
}

test('an endless body is cut off at a megabyte', async (t) => {
  const { control } = await openFake(t, scratch(t))
  const outgoing = request({ socketPath: control.socket, method: 'POST', path: '/v1/services/auth/scale', agent: false })
  outgoing.on('error', () => {})
  const pour = (): void => {
    while (!outgoing.destroyed && outgoing.write(Buffer.alloc(65_536))) continue
  }
  outgoing.on('drain', pour)
  pour()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  assert.equal(response.statusCode, 413)
  outgoing.destroy()
})

test('what is not HTTP gets a 400 and is hung up on', async (t) => {
  const { control } = await openFake(t, scratch(t))
  const socket = connect(control.socket)
  socket.write('EHLO there\r\n\r\n')
  assert.match(await text(socket), /^HTTP\/1.1 400 Bad Request[^]*meshrt.error\/v1/)
})

test('restart streams its progress and ends with the report', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  const seen: StampedEvent[] = []
  const report = await new ControlClient(control.socket).restart({ target: AUTH, hard: false }, (stamped) => seen.push(stamped))
  assert.deepEqual(report.replaced, [{ service: 'auth', slot: 0, generation: 2 }])
  assert.deepEqual(
    seen.map(({ event }) => event.type),
    ['replacement.started', 'replacement.finished'],
  )
  assert.deepEqual(port.restarted, [AUTH])
})

test('scale streams its progress and ends with the report, or with the error of the runtime', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  const client = new ControlClient(control.socket)
  const seen: StampedEvent[] = []
  const report = await client.scale({ service: AUTH.service, workers: 5 }, (stamped) => seen.push(stamped))
  assert.deepEqual(report, { service: 'auth', from: 2, to: 5, tookMs: 12.4 })
  assert.deepEqual(
    seen.map(({ event }) => event.type),
    ['scaling.started'],
  )
  assert.deepEqual(port.scaled, [{ service: 'auth', workers: 5 }])
  port.scaleFails = true
  await assert.rejects(
    client.scale({ service: AUTH.service, workers: 5 }, () => {}),
    { code: 'MESHRT_SCALE_FAILED' },
  )
})

test('reload streams its progress and ends with the report, or with all problems of the file as the runtime has found them', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  const client = new ControlClient(control.socket)
  const seen: StampedEvent[] = []
  const report = await client.reload({ dryRun: true, timeoutMs: 5000 }, (stamped) => seen.push(stamped))
  assert.equal(report.applied, false)
  assert.deepEqual(
    seen.map(({ event }) => event.type),
    ['reload.planned'],
  )
  assert.deepEqual(port.reloaded, [{ dryRun: true, timeoutMs: 5000 }])
  const problem = {
    rule: 'unknown-key',
    message: 'Unknown key',
    path: 'x',
    file: '/f',
    line: 2,
    column: 3,
    length: 1,
    sourceLine: '  x: 1',
  }
  port.reloadError = ConfigError.of('/f', [problem, problem])
  await assert.rejects(
    client.reload({ dryRun: false, timeoutMs: 5000 }, () => {}),
    { message: 'Cannot use /f: 2 problems', code: 'MESHRT_CONFIG_INVALID', problems: [problem, problem] },
  )
})

test('a reload without a body is no dry run', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  const { body } = await ask(control.socket, { method: 'POST', path: '/v1/reload' })
  assert.match(body, /"type":"result"/)
  assert.deepEqual(port.reloaded, [{ dryRun: false, timeoutMs: 300_000 }])
})

test('a restart that fails after it began is the error of the runtime, with its cause', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  port.restartFails = true
  await assert.rejects(
    new ControlClient(control.socket).restart({ target: AUTH, hard: false }, () => {}),
    (error: Error & { code: string }) => {
      assert.equal(error.code, 'MESHRT_RESTART_FAILED')
      assert.equal((error.cause as Error).message, 'boom')
      return true
    },
  )
})

test('logs are filtered by worker, and following misses and repeats nothing', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  port.write('old')
  port.write('other', { service: 'gateway' })
  port.write('sibling', { slot: 1 })
  const controller = new AbortController()
  const lines: string[] = []
  const done = new ControlClient(control.socket).logs(
    { targets: ['auth/0'], follow: true, tail: null, signal: controller.signal },
    (line) => {
      lines.push((line as LogLine).text)
      if (lines.length === 1) port.write('new')
      else controller.abort()
    },
  )
  await assert.rejects(done, { name: 'AbortError' })
  assert.deepEqual(lines, ['old', 'new'])
  await until(() => port.listeners === 0)
})

test('a reader that does not read loses lines, is told how many, and costs no memory', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  const socket = connect(control.socket)
  socket.write('GET /v1/logs?follow HTTP/1.1\r\nhost: meshrt\r\n\r\n')
  socket.pause()
  await until(() => port.listeners > 0)
  const long = 'x'.repeat(60_000)
  for (let n = 0; n < 200; n += 1) {
    port.write(long)
    await new Promise((resolve) => setImmediate(resolve))
  }
  let received = ''
  socket.on('data', (bytes: Buffer) => (received += bytes.toString()))
  socket.resume()
  while (!received.includes('"dropped":')) await once(socket, 'data')
  assert.match(received, /\{"dropped":\d+\}/)
  assert.ok(received.length < 200 * 60_000 * 0.7)
  socket.destroy()
})

test('all of the past that was asked for arrives, however slow its reader is, and then what came meanwhile', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  for (let n = 0; n < 200; n += 1) port.write(`${n} ${'x'.repeat(60_000)}`)
  const socket = connect(control.socket)
  socket.write('GET /v1/logs?follow&tail=1000 HTTP/1.1\r\nhost: meshrt\r\n\r\n')
  socket.pause()
  await until(() => port.listeners > 0)
  port.write('200 now')
  const pieces: string[] = []
  socket.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece))
  socket.resume()
  // Not in all that has come, each time anew: that is twelve megabytes.
  while (!pieces.slice(-2).join('').includes('200 now')) await once(socket, 'data')
  const received = pieces.join('')
  assert.deepEqual(
    [...received.matchAll(/"text":"(\d+) |("live":true)/g)].map(([, n, live]) => live ?? Number(n)),
    [...Array.from({ length: 200 }, (_, n) => n), '"live":true', 200],
  )
  assert.doesNotMatch(received, /dropped/)
  socket.destroy()
})

test('stop answers when the runtime has stopped, and then the socket closes', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  const held = Promise.withResolvers<void>()
  port.stopping = held.promise
  port.onStopped = () => void control.close()
  const order: string[] = []
  const answer = new ControlClient(control.socket).stop().then((report) => order.push(`answer ${report.ok}`))
  const followed = new ControlClient(control.socket).events({ follow: true, tail: 0 }, () => {}).then(() => order.push('stream ended'))
  await until(() => port.listeners > 0)
  order.push('released')
  held.resolve()
  await Promise.all([answer, followed])
  assert.equal(order[0], 'released')
  assert.deepEqual(order.toSorted(), ['answer true', 'released', 'stream ended'])
  await control.close()
  await assert.rejects(new ControlClient(control.socket).view(), { code: 'MESHRT_NO_RUNTIME' })
})

test('two hundred connections that say nothing do not stop those that ask', async (t) => {
  const { control } = await openFake(t, scratch(t))
  const idle = Array.from({ length: 200 }, () => connect(control.socket).on('error', () => {}))
  await Promise.all(idle.map((socket) => once(socket, 'connect')))
  assert.equal((await ask(control.socket, { path: '/v1/health' })).status, 200)
  for (const socket of idle) socket.destroy()
})

test('an answer that a service gives before it has read the upload arrives, and what is left of the upload is dropped', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  port.request = async ({ body }) => {
    body?.destroy()
    return { status: 413, statusMessage: '', headers: [], body: Readable.from([Buffer.from('too much')]) }
  }
  const socket = connect(control.socket)
  t.after(() => socket.destroy())
  socket.write('PUT /v1/services/auth/request/x HTTP/1.1\r\nhost: meshrt\r\ncontent-length: 33554432\r\n\r\n')
  const piece = Buffer.alloc(1024 * 1024)
  for (let n = 0; n < 32; n += 1) if (!socket.write(piece)) await once(socket, 'drain')
  socket.end('GET /v1/health HTTP/1.1\r\nhost: meshrt\r\nconnection: close\r\n\r\n')
  assert.match(await text(socket), /^HTTP\/1.1 413 [^]*too much[^]*HTTP\/1.1 200 OK[^]*meshrt.health/)
})

test('the client takes an answer that comes before its upload has ended, and ends the upload', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  port.request = async ({ body }) => {
    body?.destroy()
    return { status: 413, statusMessage: '', headers: [], body: Readable.from([Buffer.from('too much')]) }
  }
  const endless = new Readable({ read: () => void endless.push(Buffer.alloc(64 * 1024)) })
  const closed = new Promise((resolve) => finished(endless, resolve))
  const { signal } = new AbortController()
  const asked = { service: serviceId('auth'), method: 'PUT', path: '/', headers: [], body: { stream: endless, lengthBytes: null }, signal }
  const response = await new ControlClient(control.socket).request(asked)
  assert.deepEqual([response.statusCode, await text(response)], [413, 'too much'])
  await closed
})
