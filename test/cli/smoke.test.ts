import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { differenceOf } from '../../src/cli/smoke/difference.ts'
import { judgeAnswer } from '../../src/cli/smoke/judge.ts'
import { escapeXml, renderJunit } from '../../src/cli/smoke/junit.ts'
import { planSmoke, questionOf } from '../../src/cli/smoke/plan.ts'
import { serviceId } from '../../src/model/ids.ts'
import type { SmokeExpectation, SmokeSpec } from '../../src/model/smoke.ts'
import { exampleView } from '../control/example-view.ts'
import { runtimeSpec } from '../support/specs.ts'

const CHECK: SmokeSpec = {
  service: serviceId('auth'),
  via: 'mesh',
  method: 'POST',
  path: '/x',
  headers: {},
  timeoutMs: 10_000,
  expect: {},
}

function judge(expect: SmokeExpectation, { status = 200, body = '', maxStatus = 399 } = {}): string | null {
  return judgeAnswer({ status, body: Buffer.from(body) }, { expect, maxStatus })
}

test('judgeAnswer holds status, text and JSON against what is expected, and says what came instead', () => {
  assert.equal(judge({}, { status: 302 }), null)
  assert.equal(judge({}, { status: 404, body: 'nope' }), 'status 404, expected one below 400: nope')
  assert.equal(judge({ status: 404 }, { status: 404 }), null)
  assert.equal(judge({ status: 200 }, { status: 204 }), 'status 204, expected 200: it is empty')
  assert.equal(judge({ contains: 'wor' }, { body: 'hello world' }), null)
  assert.equal(judge({ contains: 'x' }, { body: 'a\u001b[31mb\u0007' }), 'no "x" in its body: ab\\x07')
  assert.equal(judge({ json: { a: 1 } }, { body: '{"a":1,"b":2}' }), null)
  assert.equal(judge({ json: {} }, { body: '<html>' }), 'its body is not JSON: <html>')
  assert.equal(judge({ json: null }, { body: 'null' }), null)
})

test('differenceOf finds the first place that is not as expected', () => {
  const table: [unknown, unknown, string | null][] = [
    [{ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 2 }] } }, null],
    [{ a: 1, more: true }, { a: 1 }, null],
    [{ a: { b: [1, { c: 3 }] } }, { a: { b: [1, { c: 2 }] } }, '$.a.b[1].c is 3, expected 2'],
    [{}, { a: 1 }, '$.a is missing'],
    [{}, { toString: 1 }, '$.toString is missing'],
    [[1, 2], [1], '$ has 2 elements, expected 1'],
    ['1', 1, '$ is "1", expected 1'],
    [null, {}, '$ is null, expected {}'],
    [[], {}, '$ is [], expected {}'],
    [{ 0: 1 }, [1], '$ is {"0":1}, expected [1]'],
  ]
  for (const [actual, expected, difference] of table) assert.equal(differenceOf(actual, expected), difference)
})

test('planSmoke asks every service once, and the entrypoint over the network too, unless the file has checks', () => {
  const options = { view: exampleView(), timeoutMs: null }
  const gateway = serviceId('gateway')
  const shown = ({ inOrder, steps }: ReturnType<typeof planSmoke>) => ({
    inOrder,
    steps: steps.map((step) =>
      step.kind === 'ask' ? `${step.service} ${step.via} ${step.maxStatus} ${step.timeoutMs}` : `${step.service.id} runs`,
    ),
  })
  assert.deepEqual(shown(planSmoke(runtimeSpec([], { entrypoint: gateway }), options)), {
    inOrder: false,
    steps: ['gateway mesh 499 10000', 'auth mesh 499 10000', 'mailer runs', 'gateway entrypoint 499 10000'],
  })
  const spec = runtimeSpec([], { entrypoint: gateway, smoke: [{ ...CHECK, timeoutMs: 5 }] })
  assert.deepEqual(shown(planSmoke(spec, options)), { inOrder: true, steps: ['auth mesh 399 5'] })
  assert.deepEqual(shown(planSmoke(spec, { ...options, timeoutMs: 7 })).steps, ['auth mesh 399 7'])
})

test('questionOf sends text as it is and anything else as JSON', () => {
  assert.equal(questionOf(CHECK).body, null)
  const text = questionOf({ ...CHECK, body: 'a=1' })
  assert.deepEqual([text.body?.toString(), text.headers], ['a=1', {}])
  const json = questionOf({ ...CHECK, body: [1] })
  assert.deepEqual([json.body?.toString(), json.headers], ['[1]', { 'content-type': 'application/json' }])
  assert.deepEqual(questionOf({ ...CHECK, body: {}, headers: { 'Content-Type': 'x/y' } }).headers, { 'Content-Type': 'x/y' })
})

test('renderJunit writes one case per check, and one for what kept them from being made', () => {
  const check = { service: 'auth', via: 'mesh', method: 'GET', path: '/', status: 200, durationMs: 12.3, ok: true, error: null } as const
  const facts = { name: 'shop', startedAt: new Date('2026-01-02T03:04:05.678Z'), tookMs: 1500 }
  assert.equal(
    renderJunit({ ...facts, checks: [check, { ...check, ok: false, error: 'a "b"\nc' }], error: null }),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="meshrt smoke" tests="2" failures="1" errors="0" time="1.500">
  <testsuite name="shop smoke" tests="2" failures="1" errors="0" time="1.500" skipped="0" timestamp="2026-01-02T03:04:05">
    <testcase name="auth: GET / via mesh" classname="shop.auth" time="0.012"/>
    <testcase name="auth: GET / via mesh" classname="shop.auth" time="0.012">
      <failure message="a &quot;b&quot;&#10;c" type="MESHRT_SMOKE_FAILED">a &quot;b&quot;
c</failure>
    </testcase>
  </testsuite>
</testsuites>
`,
  )
  assert.match(
    renderJunit({ ...facts, checks: [], error: 'it <died>' }),
    /tests="1" failures="0" errors="1"[^]*<error message="it &lt;died&gt;">/,
  )
})

test('escapeXml leaves only characters that XML 1.0 can hold, whatever a service has answered', () => {
  const legal = /^[\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeXml(text)
      assert.match(escaped, legal)
      assert.doesNotMatch(escaped, /[<>"']|&(?!(?:amp|lt|gt|quot|apos);)/)
    }),
  )
  assert.equal(escapeXml('\u001b[31m\u0000\ud800\uffff'), '\\x1b[31m\\x00\\u{d800}\\u{ffff}')
})
