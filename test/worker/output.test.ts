import assert from 'node:assert/strict'
import { test } from 'node:test'
import { servicePath, Thread } from './support/thread.ts'

test('nothing of the output is lost when a service calls process.exit()', async () => {
  const thread = new Thread(servicePath('exits.js'))
  await assert.rejects(thread.start(), { code: 'MESHRT_ITC_CLOSED' })
  assert.equal(await thread.exited, 3)
  const lines = thread.stdout.trimEnd().split('\n')
  assert.equal(lines.length, 2001)
  assert.deepEqual([lines[0], lines[1999], lines[2000]], ['line 0', 'line 1999', 'to the descriptor'])
  assert.equal(thread.stderr, 'as a file\nlast words\n')
})

test('a flood of output that nobody takes is bounded, and what is dropped is counted', async () => {
  const thread = new Thread(servicePath('floods.js'))
  // 20 MiB in lines of 1 KiB, of which 8 MiB fit; the main thread does not take anything while it waits here.
  const pause = new Int32Array(new SharedArrayBuffer(4))
  const start = thread.start()
  for (let dropped = 0; dropped < 12 * 1024; dropped += thread.row.takeDropped()) Atomics.wait(pause, 0, 0, 10)
  await assert.rejects(start)
  await thread.exited
  assert.equal(thread.stdout.length, 8 * 1024 * 1024)
})
