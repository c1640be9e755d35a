import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { openIngress } from '../../src/ingress/open-ingress.ts'
import { workerClock } from '../../src/worker/clock.ts'
import { request } from './support/clients.ts'
import { servicePath, Thread } from './support/thread.ts'
import { NOTHING_CUT } from '../../src/model/cut.ts'

async function serve(t: TestContext, name: string): Promise<{ thread: Thread; port: number }> {
  const ingress = await openIngress({ hostname: '127.0.0.1', port: 0, slots: 1, clock: workerClock })
  t.after(() => ingress.close())
  const thread = new Thread(servicePath(name), { ingress: await ingress.grant(0), main: 'real' })
  t.after(() => thread.terminate())
  const { address } = await thread.start()
  assert.deepEqual(address, ingress.address)
  return { thread, port: ingress.address.port }
}

test('the thread entry serves the entrypoint on TCP and ends when asked', async (t) => {
  const { thread, port } = await serve(t, 'fastify.js')
  const { status } = await request(port, { agent: false })
  assert.equal(status, 200)
  assert.deepEqual(await thread.drain(), { cut: NOTHING_CUT })
  await thread.stop()
  assert.equal(await thread.exited, 0)
})

test('a service sees nothing of the runtime', async (t) => {
  const { thread } = await serve(t, 'modules.cjs')
  await thread.stop()
  await thread.exited
  assert.equal(JSON.parse(thread.stdout).workerData, null)
})

test('what hosts a trivial service loads no package, no undici and no http2', async (t) => {
  const thread = new Thread(servicePath('modules.cjs'))
  t.after(() => thread.terminate())
  await thread.start()
  await thread.stop()
  await thread.exited
  const { builtins, packages } = JSON.parse(thread.stdout) as { builtins: string[]; packages: string[] }
  assert.deepEqual(packages, [])
  assert.ok(builtins.includes('net'))
  assert.deepEqual(
    builtins.filter((name) => /undici|https|http2$/.test(name)),
    [],
  )
})

test('a crash in the service ends its thread with the error', async (t) => {
  const { thread, port } = await serve(t, 'crashes.js')
  await assert.rejects(request(port, { agent: false }))
  assert.equal(await thread.exited, 1)
  assert.ok(thread.error instanceof Error)
  assert.equal(thread.error.message, 'crashed')
})
