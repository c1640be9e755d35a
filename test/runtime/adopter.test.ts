import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IngressGrant } from '../../src/itc/protocol.ts'
import { Adopter } from '../../src/runtime/adopter.ts'
import { runningKeeper } from './keeper.ts'

/** An entrypoint of some workers, and who adopts for whom. */
async function entrypoint({ workers = 2, opened = workers }: { readonly workers?: number; readonly opened?: number } = {}) {
  const { clock, bus, launcher, keeper, types } = await runningKeeper({ workers })
  let fd = 10
  const grant = (): Promise<IngressGrant> => Promise.resolve({ kind: 'descriptor', fd: fd++ })
  const returned: IngressGrant[] = []
  const ingress = { grant, takeBack: (one: IngressGrant) => void returned.push(one), opened: () => [...Array(opened).keys()] }
  const adopter = new Adopter({ ingress, clock, emit: bus.emit })
  const passes = async (ms = 0): Promise<void> => {
    adopter.update(keeper)
    await clock.advance(ms)
  }
  const [sick, sibling] = [launcher.worker(0), launcher.worker(workers - 1)]
  const setStuck = (worker: { readonly id: typeof sick.id }, stuck: boolean): Promise<void> => {
    keeper.setStuck(worker.id, stuck)
    return passes()
  }
  const sockets = (worker: typeof sick) => worker.orders.filter((order) => /^(adopt|release) /.test(order))
  await passes()
  return { clock, types, adopter, keeper, launcher, sick, sibling, passes, setStuck, sockets, returned }
}

test("Adopter leaves a stuck worker's socket with the sibling while its successor starts, and until that serves", async () => {
  const { keeper, launcher, sick, sibling, passes, setStuck, sockets } = await entrypoint()
  await setStuck(sick, true)
  void keeper.pool.replace(0, 'unhealthy')
  await passes()
  assert.deepEqual(sockets(sibling), ['adopt 0'])
  assert.equal(keeper.state, 'degraded')
  launcher.worker(2).becomesReady()
  await passes()
  await passes()
  assert.deepEqual(sockets(sibling), ['adopt 0', 'release 0'])
})

test('Adopter has the socket of a worker adopted that gets stuck while its successor starts', async () => {
  const { keeper, sick, sibling, passes, setStuck, sockets } = await entrypoint()
  void keeper.pool.replace(0, 'restart')
  await passes()
  await setStuck(sick, true)
  assert.deepEqual(sockets(sibling), ['adopt 0'])
})

test('Adopter has the socket of a worker adopted that was killed while its successor starts, before its thread is gone', async () => {
  const { keeper, sick, sibling, passes, sockets } = await entrypoint()
  sick.immortal = true
  void keeper.pool.replace(0, 'unhealthy')
  keeper.pool.kill(0, 1, 'blocked')
  await passes()
  assert.ok(sick.isAlive)
  assert.deepEqual(sockets(sibling), ['adopt 0'])
})

test("Adopter leaves a stuck worker's socket with the sibling when its replacement has failed, until it turns its loop again", async () => {
  const { keeper, launcher, sick, sibling, passes, setStuck, sockets } = await entrypoint()
  await setStuck(sick, true)
  const replaced = keeper.pool.replace(0, 'unhealthy')
  launcher.worker(2).exits(1)
  assert.equal((await replaced).kind, 'failed')
  await passes()
  assert.deepEqual(sockets(sibling), ['adopt 0'])
  assert.equal(keeper.state, 'degraded')
  await setStuck(sick, false)
  assert.deepEqual(sockets(sibling), ['adopt 0', 'release 0'])
  assert.equal(keeper.state, 'running')
})

test('Adopter takes a descriptor back when the worker that was to adopt has ended before it was granted', async () => {
  const { sick, sibling, passes, setStuck, sockets, returned } = await entrypoint()
  const adopting = setStuck(sick, true)
  sibling.exits(1)
  await adopting
  await passes()
  assert.deepEqual(sockets(sibling), [])
  assert.deepEqual(returned, [{ kind: 'descriptor', fd: 10 }])
})

test('Adopter tries again, less and less often, while nobody has adopted a socket, though no slot changes; and says so once', async () => {
  const { clock, types, sick, sibling, setStuck, sockets } = await entrypoint()
  sibling.refusesToAccept = true
  await setStuck(sick, true)
  const refused = ['adopt 0', 'release 0']
  await clock.advance(100)
  await clock.advance(200)
  assert.deepEqual(sockets(sibling), [...refused, ...refused, ...refused])
  assert.deepEqual(
    types.filter((type) => type === 'worker.warned'),
    ['worker.warned'],
  )
  sibling.refusesToAccept = false
  await clock.advance(400)
  assert.deepEqual(sockets(sibling).slice(6), ['adopt 0'])
  clock.assertNoTimers()
})

test('Adopter tries no more when the services stop', async () => {
  const { clock, adopter, sick, sibling, setStuck } = await entrypoint()
  sibling.refusesToAccept = true
  await setStuck(sick, true)
  adopter.close()
  clock.assertNoTimers()
})

test('Adopter moves what a worker has adopted to another when that gets stuck itself', async () => {
  const { launcher, sick, sibling, setStuck, sockets } = await entrypoint({ workers: 3 })
  const other = launcher.worker(1)
  await setStuck(sick, true)
  assert.deepEqual(sockets(other), ['adopt 0'])
  await setStuck(other, true)
  assert.deepEqual(sockets(other), ['adopt 0', 'release 0'])
  assert.deepEqual(sockets(sibling), ['adopt 0', 'adopt 1'])
})

test('Adopter has the sockets of slots adopted that only an earlier runtime had', async () => {
  const { sick, sibling, sockets } = await entrypoint({ opened: 4 })
  assert.deepEqual([...sockets(sick), ...sockets(sibling)].toSorted(), ['adopt 2', 'adopt 3'])
})
