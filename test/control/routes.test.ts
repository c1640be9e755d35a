import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { findRoute } from '../../src/control/find-route.ts'
import { answerSchema } from '../../src/control/schemas/answer.ts'
import { ROUTES } from '../../src/control/routes/table.ts'

test('no two routes are for the same requests, and each says what it does in an imperative', () => {
  const names = ROUTES.map(({ method, path }) => `${method} ${path}`)
  assert.ok(names.length > 10, `canary: ${names.length} routes`)
  assert.deepEqual([...new Set(names)], names)
  for (const { summary, path } of ROUTES) assert.match(summary, /^[A-Z][a-z]+ .*[^.]$/, path)
})

test('every schema of the table can be written down as JSON Schema, so that documentation can be made of it', () => {
  for (const { query, body, answer, path } of ROUTES) {
    assert.ok(z.toJSONSchema(query, { io: 'input' }), path)
    if (body !== null) assert.ok(z.toJSONSchema(body, { io: 'input' }), path)
    const schema = answerSchema(answer)
    if (schema !== null) assert.ok(z.toJSONSchema(schema, { io: 'output' }), path)
  }
})

test('only what changes nothing is a GET', () => {
  const changing = new Set(['stop', 'start', 'restart', 'scale', 'reload'])
  for (const { method, path } of ROUTES) {
    if (changing.has(path.split('/').at(-1) ?? '')) assert.equal(method, 'POST', path)
  }
})

test('findRoute reads the parameters of a path, and hands on what stands for * as it was sent', () => {
  const { params, route } = find('POST', '/v1/services/auth/workers/2/restart')
  assert.deepEqual([params, route.path], [{ service: 'auth', slot: 2 }, '/v1/services/:service/workers/:slot/restart'])
  const table = [{ ...route, method: 'ANY', path: '/v1/services/:service/request/*' } as const]
  assert.equal(findRoute(table, { method: 'PATCH', path: '/v1/services/auth/request/a%2Fb//c' }).rest, '/a%2Fb//c')
  assert.equal(findRoute(table, { method: 'GET', path: '/v1/services/auth/request' }).rest, '')
})

test('findRoute tells a path that is not there from a method that it does not take', () => {
  assert.throws(() => find('GET', '/v1/services/auth/toString'), { status: 404 })
  assert.throws(() => find('GET', '/v1/runtime/'), { status: 404 })
  assert.throws(() => find('DELETE', '/v1/runtime'), { status: 405, headers: { allow: 'GET' } })
})

function find(method: string, path: string) {
  return findRoute(ROUTES, { method, path })
}
