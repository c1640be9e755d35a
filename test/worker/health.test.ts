import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { CheckSpec } from '../../src/model/spec.ts'
import { joinRunning, runOwnCheck } from '../../src/worker/health.ts'
import { servicePath, Thread } from './support/thread.ts'

function host(t: TestContext, service: string, options: { readonly check: CheckSpec; readonly config?: unknown }): Thread {
  const thread = new Thread(servicePath(service), options)
  t.after(() => thread.worker.terminate())
  return thread
}

test('a worker answers a check with what the `health` of its module says', async (t) => {
  const well = host(t, 'with-health.js', { check: { kind: 'export' } })
  await well.start()
  assert.deepEqual(await well.check(), { ok: true, detail: '' })
  const ill = host(t, 'with-health.js', { check: { kind: 'export' }, config: { throws: 'no database' } })
  await ill.start()
  assert.deepEqual(await ill.check(), { ok: false, detail: 'no database' })
})

test('a service fails to start that cannot answer the check it is given', async (t) => {
  const withoutExport = host(t, 'fetch.js', { check: { kind: 'export' } })
  await assert.rejects(withoutExport.start(), { code: 'MESHRT_CHECK_MISSING', message: /exports no function `health`/ })
  const withoutServer = host(t, 'background-factory.js', { check: { kind: 'path', path: '/health' } })
  await assert.rejects(withoutServer.start(), { code: 'MESHRT_CHECK_MISSING', message: /has no server/ })
})

const ANSWERS: readonly (readonly [unknown, string | null])[] = [
  [undefined, null],
  [null, null],
  [true, null],
  ['fine', null],
  [{}, null],
  [{ ok: true }, null],
  [{ status: 204 }, null],
  [{ status: 'ok' }, null],
  [false, 'it returned false'],
  [{ ok: false }, 'it returned ok: false'],
  [{ ok: false, reason: 'queue full' }, 'queue full'],
  [{ status: 503 }, '503'],
  [{ status: 500, message: 'broken' }, 'broken'],
]

for (const [returned, reason] of ANSWERS) {
  test(`a health function that returns ${JSON.stringify(returned)} is ${reason === null ? 'good' : `bad: ${reason}`}`, async () => {
    const expected = { ok: reason === null, detail: reason ?? '' }
    assert.deepEqual(await runOwnCheck(() => returned), expected)
    assert.deepEqual(await runOwnCheck(() => Promise.resolve(returned)), expected)
  })
}

test('a check that is asked for while one runs joins it, and a later one runs anew', async () => {
  const runs: PromiseWithResolvers<string>[] = []
  const check = joinRunning(() => {
    const run = Promise.withResolvers<string>()
    runs.push(run)
    return run.promise
  })
  const both = Promise.all([check(), check()])
  assert.equal(runs.length, 1)
  runs[0]?.resolve('fine')
  assert.deepEqual(await both, ['fine', 'fine'])
  const failing = check()
  assert.equal(runs.length, 2)
  runs[1]?.reject(new Error('no database'))
  await assert.rejects(failing, /no database/)
  void check()
  assert.equal(runs.length, 3)
})

test('a worker that is asked for its check while one runs does not call `health` again', async (t) => {
  const thread = host(t, 'with-health.js', { check: { kind: 'export' }, config: { counts: true } })
  await thread.start()
  const answers = await Promise.all([thread.check(), thread.check()])
  assert.deepEqual(
    answers.map(({ detail }) => detail),
    ['call 1', 'call 1'],
  )
})

test('a pong tells of heap, Buffers and whether a debugger is there', async (t) => {
  const thread = host(t, 'fetch.js', { check: { kind: 'none' } })
  await thread.start()
  const pong = await thread.health()
  assert.ok(pong.heapUsedBytes > 1_000_000 && pong.heapLimitBytes > pong.heapUsedBytes && pong.externalBytes > 0)
  assert.equal(pong.inspected, false)
})
