import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CANCEL, FAIL, GOAWAY, inspectCallerFrame, inspectTargetFrame, REQUEST, RESPONSE, UTF8 } from '../../src/mesh/frames.ts'
import { contentLengthOf, withoutHopByHop } from '../../src/mesh/headers.ts'
import { resolveOrigin } from '../../src/mesh/host.ts'

const request = (change: Partial<Record<number, unknown>>) =>
  Object.assign([REQUEST, 1, 'GET', '/', ['host', 'a'], null, UTF8], change) as unknown[]
const response = (change: Partial<Record<number, unknown>>) =>
  Object.assign([RESPONSE, 1, 200, 'OK', ['a', 'b'], null, UTF8, []], change) as unknown[]

test('frames of either kind pass when they are valid', () => {
  assert.equal(inspectCallerFrame(request({})).ok, true)
  assert.equal(inspectCallerFrame(request({ 2: 'OPTIONS', 3: '*' })).ok, true)
  assert.equal(inspectCallerFrame([CANCEL, 7]).ok, true)
  assert.equal(inspectTargetFrame(response({})).ok, true)
  assert.equal(inspectTargetFrame([GOAWAY, 0]).ok, true)
  assert.equal(inspectTargetFrame([FAIL, 1, 'MESHRT_MESH_ABORTED', 'why']).ok, true)
})

const badRequests: readonly [what: string, change: Partial<Record<number, unknown>>][] = [
  ['a method that is none', { 2: 'GET /' }],
  ['a tunnel', { 2: 'CONNECT' }],
  ['a relative path', { 3: 'x' }],
  ['a path with a space', { 3: '/a b' }],
  ['a path with a line break', { 3: '/a\r\nx: y' }],
  ['a path beyond latin1', { 3: '/\u20ac' }],
  ['a giant path', { 3: `/${'a'.repeat(70_000)}` }],
  ['a header value with a line break', { 4: ['a', 'b\r\nc: d'] }],
  ['a header value with a null', { 4: ['a', '\0'] }],
  ['a header name with a space', { 4: ['a b', 'c'] }],
  ['an empty header name', { 4: ['', 'c'] }],
  ['an odd number of header parts', { 4: ['a'] }],
  ['headers that are an object', { 4: { a: 'b' } }],
  ['a header value that is a number', { 4: ['a', 1] }],
  ['giant headers', { 4: ['a', 'x'.repeat(70_000)] }],
  ['a body that is an object', { 5: {} }],
  ['a body without encoding', { 5: 'x', 6: 9 }],
]

for (const [what, change] of badRequests) {
  test(`frames: a request with ${what} is refused, and its id is known`, () => {
    const inspected = inspectCallerFrame(request(change))
    assert.equal(inspected.ok, false)
    assert.equal(inspected.ok ? null : inspected.id, 1)
  })
}

test('frames: responses with a bad status, message, header or trailer are refused', () => {
  const changes: Partial<Record<number, unknown>>[] = [
    { 2: 99 },
    { 2: 100 },
    { 2: '200' },
    { 3: 'a\r\n' },
    { 4: ['a\n', 'b'] },
    { 7: ['a', '\r'] },
    { 7: null },
  ]
  for (const change of changes) assert.equal(inspectTargetFrame(response(change)).ok, false)
})

test('frames: whatever arrives is judged without an exception', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), (garbage) => {
      assert.equal(typeof inspectCallerFrame(garbage).ok, 'boolean')
      assert.equal(typeof inspectTargetFrame(garbage).ok, 'boolean')
    }),
  )
  fc.assert(
    fc.property(fc.nat(7), fc.anything(), (index, garbage) => {
      inspectCallerFrame(request({ [index]: garbage }))
      inspectTargetFrame(response({ [index]: garbage }))
    }),
  )
})

test('frames: no accepted header or path can break a line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, value) => {
      const inspected = inspectCallerFrame(request({ 3: `/${value}`, 4: [name, value] }))
      if (inspected.ok) assert.doesNotMatch(name + value, /[\r\n\0]/)
    }),
  )
})

test('headers: what belongs to one connection is dropped, also what Connection names', () => {
  assert.deepEqual(
    withoutHopByHop(['A', '1', 'Connection', 'close, X-Mine', 'x-mine', '2', 'Keep-Alive', '3', 'transfer-encoding', 'chunked']),
    ['A', '1'],
  )
})

test('headers: a content length is digits or nothing', () => {
  assert.equal(contentLengthOf(['Content-Length', '12']), 12)
  assert.equal(contentLengthOf([]), null)
  for (const bad of ['', '-1', '1e3', '0x1', '1, 2']) assert.ok(Number.isNaN(contentLengthOf(['content-length', bad])))
})

test('host: case, port and the final dot do not matter', () => {
  for (const origin of ['http://auth.plt.local', 'http://AUTH.Plt.Local:8080', 'http://auth.plt.local.']) {
    const destination = resolveOrigin(origin, '.plt.local')
    assert.equal(destination.kind === 'mesh' ? destination.service : destination.kind, 'auth')
  }
})

test('host: others are foreign, and https to a mesh host is neither', () => {
  const kinds = ['http://plt.local', 'http://authplt.local', 'http://plt.local.example.com', 'nonsense'].map(
    (origin) => resolveOrigin(origin, '.plt.local').kind,
  )
  assert.deepEqual(kinds, ['foreign', 'foreign', 'foreign', 'foreign'])
  assert.equal(resolveOrigin('https://auth.plt.local', '.plt.local').kind, 'secure')
})
