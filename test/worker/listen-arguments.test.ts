import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseListenArguments } from '../../src/worker/listen-arguments.ts'

test('parseListenArguments understands every form of listen()', () => {
  const done = () => {}
  const forms: [unknown[], object][] = [
    [[], { port: 0, host: null, path: null, callback: null }],
    [[done], { port: 0, callback: done }],
    [[3000], { port: 3000, host: null }],
    [['3000', done], { port: 3000, path: null, callback: done }],
    [[3000, '::1', 511, done], { port: 3000, host: '::1', callback: done }],
    [[3000, done], { port: 3000, host: null, callback: done }],
    [['/tmp/a.sock', done], { port: 0, path: '/tmp/a.sock', callback: done }],
    [[{ port: 1, host: 'a' }, done], { port: 1, host: 'a', callback: done }],
    [[{ port: '2' }], { port: 2, host: null }],
    [[{ path: '/tmp/b.sock' }], { port: 0, path: '/tmp/b.sock' }],
    [[{ fd: 3 }], { port: 0, path: null }],
    [[null, done], { port: 0, callback: done }],
  ]
  for (const [args, expected] of forms) assert.deepEqual({ ...parseListenArguments(args), ...expected }, parseListenArguments(args))
})

test('parseListenArguments takes the abort signal', () => {
  const { signal } = new AbortController()
  assert.equal(parseListenArguments([{ port: 0, signal }]).signal, signal)
})
