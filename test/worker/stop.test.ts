import assert from 'node:assert/strict'
import { test } from 'node:test'
import { servicePath, Thread } from './support/thread.ts'

test('stop closes the framework and ends the thread with code 0', async () => {
  const thread = new Thread(servicePath('fastify.js'))
  await thread.start()
  await thread.drain()
  assert.equal(await thread.stop(), null)
  assert.equal(await thread.exited, 0)
  assert.match(thread.stdout, /onClose ran/)
})

test('stop aborts the signal and calls the exported stop', async () => {
  const thread = new Thread(servicePath('background-factory.js'))
  await thread.start()
  await thread.stop()
  assert.equal(await thread.exited, 0)
  assert.match(thread.stdout, /"level":40,.*in the background.*\nstop ran\n$/s)
})

test('a service that listens for SIGTERM gets it and ends by itself', async () => {
  const background = new Thread(servicePath('background.js'))
  const server = new Thread(servicePath('sigterm-server.cjs'))
  await Promise.all([background.start(), server.start()])
  await Promise.all([background.stop(), server.stop()])
  assert.equal(await background.exited, 7)
  assert.equal(await server.exited, 0)
  assert.equal(background.stdout, 'working\ngot SIGTERM\n')
  assert.equal(server.stdout, 'closed cleanly\n')
})

test('a failing stop hook is a warning and a non-zero exit', async () => {
  const thread = new Thread(servicePath('stop-fails.js'))
  await thread.start()
  await thread.stop()
  assert.equal(await thread.exited, 1)
  assert.match(thread.warnings.join(), /own stop failed: Error: cannot flush/)
})
