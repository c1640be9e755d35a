import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { servicePath, Thread, type ThreadOptions } from './support/thread.ts'

function host(t: TestContext, name: string, options: ThreadOptions): Thread {
  const thread = new Thread(servicePath(name), options)
  t.after(() => thread.terminate())
  return thread
}

/** The thread of a oneshot ends without an answer to its start. */
async function run(thread: Thread): Promise<{ readonly code: number; readonly stdout: string }> {
  await assert.rejects(thread.start(), { code: 'MESHRT_ITC_CLOSED' })
  return { code: await thread.exited, stdout: thread.stdout }
}

test('a oneshot that exports a function is done when that has returned, whatever it leaves open', async (t) => {
  const thread = host(t, 'oneshot-function.js', { type: 'oneshot' })
  assert.deepEqual(await run(thread), { code: 0, stdout: 'migrated svc\n' })
})

test('process.exitCode of a oneshot counts', async (t) => {
  const thread = host(t, 'oneshot-function.js', { type: 'oneshot', config: { exitCode: 3 } })
  assert.equal((await run(thread)).code, 3)
})

test('an error of a oneshot is the answer to its start', async (t) => {
  const thread = host(t, 'oneshot-function.js', { type: 'oneshot', config: { fails: true } })
  await assert.rejects(thread.start(), { message: 'no table', code: 'E_NO_TABLE' })
})

test('a oneshot without an export is done when its thread has nothing left to do', async (t) => {
  const thread = host(t, 'oneshot-script.js', { type: 'oneshot' })
  assert.deepEqual(await run(thread), { code: 0, stdout: 'seeded\n' })
})

test('a oneshot that exports something else is unusable', async (t) => {
  const thread = host(t, 'server.js', { type: 'oneshot' })
  await assert.rejects(thread.start(), { code: 'MESHRT_ENTRY_UNUSABLE', message: /as a oneshot, which exports a function or nothing/ })
})

test('a oneshot in the middle of its work is stopped by its own means', async (t) => {
  const thread = host(t, 'oneshot-waits.js', { type: 'oneshot' })
  const started = assert.rejects(thread.start(), { code: 'MESHRT_ITC_CLOSED' })
  await thread.health()
  while (!thread.stdout.includes('waiting')) await thread.health()
  await thread.stop()
  assert.equal(await thread.exited, 0)
  assert.equal(thread.stdout, 'waiting\naborted\nstop ran\n')
  await started
})

test('a background service is ready at once, and its own server really listens', async (t) => {
  const thread = host(t, 'own-server.js', { type: 'background' })
  const { kind, warnings } = await thread.start()
  assert.deepEqual([kind, warnings], ['background', []])
  while (!thread.stdout.includes('metrics')) await thread.health()
  const response = await fetch(`http://127.0.0.1:${/metrics (\d+)/.exec(thread.stdout)?.[1]}/`)
  assert.equal(await response.text(), 'metrics')
})

test('a background service that exports a server is unusable', async (t) => {
  const thread = host(t, 'server.js', { type: 'background' })
  await assert.rejects(thread.start(), { code: 'MESHRT_ENTRY_UNUSABLE', message: /as a background service, which has no server/ })
})

test('a service that never listens and has nothing left to do is told so', async (t) => {
  const thread = host(t, 'nothing.js', { type: 'service' })
  await assert.rejects(thread.start(), { code: 'MESHRT_ENTRY_NO_SERVER' })
})

test('a module with nothing left to do is a background service without a wait', { timeout: 10_000 }, async (t) => {
  const thread = host(t, 'nothing.js', { type: 'auto' })
  assert.equal((await thread.start()).kind, 'background')
})
