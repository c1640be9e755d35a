import assert from 'node:assert/strict'
import { test } from 'node:test'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { request as undiciRequest } from 'undici'
import { serviceId } from '../../src/model/ids.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { MeshRig } from './mesh-rig.ts'
import { withService } from './with-service.ts'

const echo: RequestListener = (req, res) => void req.pipe(res)

test('requests go round over the workers of a service', () =>
  withService(
    (_req, res) => res.end('0'),
    async ({ caller, rig }) => {
      await rig.serve('svc', (_req, res) => void res.end('1'), 1)
      await rig.serve('svc', (_req, res) => void res.end('2'), 2)
      const seen = []
      for (let i = 0; i < 9; i++)
        seen.push(Buffer.from((await caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000 })).body).toString())
      assert.deepEqual(seen.toSorted(), ['0', '0', '0', '1', '1', '1', '2', '2', '2'])
    },
  ))

test('unknown and background services are rejections, a closed one is a 503, https is an error', () =>
  withService(
    () => {},
    async ({ rig }) => {
      rig.coordinator.setService(serviceId('mailer'), 'unroutable')
      rig.coordinator.setService(serviceId('stopped'), 'closed')
      await assert.rejects(undiciRequest('http://nobody.plt.local'), { code: 'MESHRT_MESH_UNKNOWN_SERVICE' })
      await assert.rejects(undiciRequest('http://__proto__.plt.local'), { code: 'MESHRT_MESH_UNKNOWN_SERVICE' })
      await assert.rejects(undiciRequest('http://mailer.plt.local'), { code: 'MESHRT_MESH_NOT_ROUTABLE' })
      await assert.rejects(undiciRequest('https://svc.plt.local'), { code: 'MESHRT_MESH_HTTPS' })
      await assert.rejects(
        fetch('http://nobody.plt.local'),
        (error: Error) => (error.cause as { code?: string }).code === 'MESHRT_MESH_UNKNOWN_SERVICE',
      )
      const answer = await undiciRequest('http://stopped.plt.local')
      assert.equal(answer.statusCode, 503)
      assert.equal(answer.headers['retry-after'], '1')
      assert.equal(answer.headers['x-meshrt-error'], 'MESHRT_MESH_UNAVAILABLE')
      assert.equal(((await answer.body.json()) as { code: string }).code, 'MESHRT_MESH_UNAVAILABLE')
    },
  ))

test('foreign hosts go to the original dispatcher, for fetch and for undici', () =>
  withService(
    () => {},
    async () => {
      const server = createServer((_req, res) => res.end('tcp')).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
      assert.equal(await (await fetch(url)).text(), 'tcp')
      assert.equal(await (await undiciRequest(url)).body.text(), 'tcp')
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  ))

test('requests are held until a worker is ready', () =>
  withService(
    () => {},
    async ({ caller, rig }) => {
      rig.coordinator.setService(serviceId('late'), 'open')
      const answer = caller.request({ service: 'late', method: 'POST', path: '/', body: 'kept', timeoutMs: 5_000 })
      await turn()
      await rig.serve('late', echo)
      assert.equal(Buffer.from((await answer).body).toString(), 'kept')
    },
  ))

test('a held request becomes a 503 when its time is up, when the queue is full, and when the service closes', async () => {
  const clock = new FakeClock()
  const rig = new MeshRig({ clock, mesh: { hold: { timeMs: 100, max: 2 } } })
  const caller = rig.caller()
  rig.coordinator.setService(serviceId('late'), 'open')
  const ask = () => caller.request({ service: 'late', method: 'GET', path: '/', timeoutMs: 5_000 })
  const [first, second] = [ask(), ask()]
  assert.equal((await ask()).status, 503)
  await clock.advance(100)
  assert.deepEqual([(await first).status, (await second).status], [503, 503])
  const third = ask()
  rig.coordinator.setService(serviceId('late'), 'closed')
  assert.equal((await third).status, 503)
  await rig.close()
  assert.equal(clock.pending, 0)
})

test('a hundred slow handlers do not delay a fast one of the same worker', async () => {
  const held: (() => void)[] = []
  const listener: RequestListener = (req, res) => {
    if (req.method === 'GET') res.end('fast')
    else held.push(() => res.end('slow'))
  }
  await withService(listener, async ({ caller }) => {
    const ask = async (method: string) => {
      const { body } = await caller.request({ service: 'svc', method, path: '/', timeoutMs: 60_000 })
      return Buffer.from(body).toString()
    }
    const slow = Array.from({ length: 100 }, () => ask('POST'))
    assert.equal(await ask('GET'), 'fast')
    assert.equal(held.length, 100)
    for (const release of held) release()
    assert.deepEqual(new Set(await Promise.all(slow)), new Set(['slow']))
  })
})
