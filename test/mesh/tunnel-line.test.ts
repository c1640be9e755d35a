import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConnection } from '../../src/mesh/client/sockets/connection-arguments.ts'
import { TunnelLine, type LineEvents } from '../../src/mesh/tunnel/line.ts'
import { toPieces } from '../../src/mesh/tunnel/pieces.ts'
import { CHUNK_BYTES, CREDIT_STEP_BYTES, END, WINDOW_BYTES, type LineMessage } from '../../src/mesh/tunnel/protocol.ts'

/** A line whose messages are collected, and that says of what it hears. */
function open(creditBytes: number, events: Partial<LineEvents> = {}) {
  const sent: LineMessage[] = []
  const heard: string[] = []
  const line = new TunnelLine({
    onBytes: (bytes) => heard.push(bytes.toString('latin1')) > 0,
    onEnd: () => heard.push('END'),
    onBroken: (error) => heard.push(error.code),
    ...events,
  })
  line.attach({ sendOn: (_id, message) => sent.push(message) }, { id: 1, creditBytes })
  return { line, sent, heard }
}

test('a line sends nothing before it has credit, then what it has credit for, then the end', () => {
  const { line, sent } = open(0)
  let written = false
  line.write(['hello'], () => (written = true))
  line.end()
  assert.deepEqual([sent, written], [[], false])
  line.receive(3)
  assert.deepEqual([sent, written], [['hel'], false])
  line.receive(10)
  assert.deepEqual([sent, written], [['hel', 'lo', END], true])
})

test('a line attached once more begins anew with what it has not sent', () => {
  const { line, sent } = open(0)
  line.write(['hello'], () => {})
  const again: LineMessage[] = []
  line.attach({ sendOn: (_id, message) => again.push(message) }, { id: 2, creditBytes: 0 })
  line.receive(100)
  assert.deepEqual([sent, again], [[], ['hello']])
})

test('large bytes leave in chunks of memory of their own, small ones as text, together', () => {
  const { line, sent } = open(WINDOW_BYTES)
  const bytes = Buffer.alloc(CHUNK_BYTES + 20_000, 1)
  line.write(toPieces([{ chunk: bytes, encoding: 'buffer' as never }]), () => {})
  line.write(toPieces(['a', 'ä', '€'].map((chunk) => ({ chunk, encoding: 'utf8' }))), () => {})
  const [first, second, third] = sent
  assert.ok(first instanceof Uint8Array && second instanceof Uint8Array)
  assert.deepEqual([first.byteLength, second.byteLength], [CHUNK_BYTES, 20_000])
  assert.notEqual(first.buffer, bytes.buffer)
  assert.equal(third, Buffer.from('aä€').toString('latin1'))
})

test('a reader gives credit back in steps, and none while it holds back', () => {
  let roomy = true
  const { line, sent } = open(0, { onBytes: () => roomy })
  const step = 'x'.repeat(CREDIT_STEP_BYTES)
  line.receive('y')
  assert.deepEqual(sent, [])
  line.receive(step)
  assert.deepEqual(sent, [CREDIT_STEP_BYTES + 1])
  roomy = false
  line.receive(step)
  assert.equal(sent.length, 1)
  line.resume()
  assert.deepEqual(sent, [CREDIT_STEP_BYTES + 1, CREDIT_STEP_BYTES])
})

test('what is no message of a tunnel, or more than there was credit for, breaks it', () => {
  for (const message of [null, undefined, -1, 1.5, NaN, Infinity, {}, [], new Uint16Array(2), 'x'.repeat(WINDOW_BYTES + 1)]) {
    const { line, heard } = open(0)
    line.receive(message)
    assert.deepEqual(heard, ['MESHRT_MESH_ABORTED'])
  }
})

test('the host of a connection is found in all shapes of arguments', () => {
  const callback = () => {}
  const shapes: (readonly [readonly unknown[], string | null])[] = [
    [[{ host: 'a', port: 1 }], 'a'],
    [[{ host: 'a', port: '1' }, callback], 'a'],
    [[1, 'a', callback], 'a'],
    [['1', 'a'], 'a'],
    [[[{ host: 'a', port: 1 }, callback]], 'a'],
    [[{ host: 'a', path: '/socket' }], null],
    [['/socket', callback], null],
    [[1], null],
    [[{ port: 1 }], null],
    [[], null],
  ]
  for (const [args, host] of shapes) assert.equal(parseConnection(args)?.host ?? null, host)
  assert.equal(parseConnection([1, 'a', callback])?.onConnect, callback)
})
