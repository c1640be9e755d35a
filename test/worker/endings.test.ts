import assert from 'node:assert/strict'
import { test } from 'node:test'
import { servicePath, Thread } from './support/thread.ts'

const ENDINGS = [
  ['an uncaught error', 'throw', 9, 'exit 9 9\n', 'uncaught thrown\n'],
  ['an unhandled rejection', 'reject', 8, 'exit 8 8\n', 'unhandled rejected\n'],
] as const

for (const [what, how, code, stdout, stderr] of ENDINGS) {
  test(`${what} goes to the service's own handler, and process.exit() there ends its thread with its code`, async () => {
    const thread = new Thread(servicePath('exits-with-handlers.js'), { config: { how } })
    await assert.rejects(thread.start(), { code: 'MESHRT_ITC_CLOSED' })
    assert.equal(await thread.exited, code)
    assert.deepEqual([thread.stdout, thread.stderr], [stdout, stderr])
    assert.equal(thread.error, null)
  })
}

test('what a service registers on process.exit runs when it is stopped', async () => {
  const thread = new Thread(servicePath('exits-with-handlers.js'), { config: { how: 'wait' } })
  const started = assert.rejects(thread.start(), { code: 'MESHRT_ITC_CLOSED' })
  await thread.health()
  while (!thread.stages.includes('factory')) await thread.health()
  await thread.stop()
  assert.equal(await thread.exited, 0)
  assert.equal(thread.stdout, 'exit 0 0\n')
  await started
})

const STAGES = [
  ['a module that never loads', 'never-loads.js', 'module'],
  ['a factory that never resolves', 'never-resolves.js', 'factory'],
  ['a server that never listens', 'never-listens.js', 'listen'],
] as const

for (const [what, file, stage] of STAGES) {
  test(`${what} is known by what it waits for`, async (t) => {
    const thread = new Thread(servicePath(file), { type: 'service' })
    t.after(() => thread.terminate())
    const started = assert.rejects(thread.start(), { code: 'MESHRT_ITC_CLOSED' })
    while (thread.stages.at(-1) !== stage) await thread.health()
    await thread.terminate()
    await started
  })
}

test('a signal that a service sends to its own process goes to its listeners, or ends its thread, and nothing else', async () => {
  const thread = new Thread(servicePath('kills-itself.cjs'), { type: 'background' })
  // Whichever is first: its answer or its end.
  await thread.start().catch(() => undefined)
  assert.equal(await thread.exited, 143)
  assert.equal(thread.stdout, 'true ERR_UNKNOWN_SIGNAL\ngot SIGTERM\n')
})
