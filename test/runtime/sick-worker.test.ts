import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { Commands } from '../../src/runtime/commands.ts'
import { Operations } from '../../src/runtime/operations.ts'
import { Replacements } from '../../src/runtime/replacements.ts'
import { keeperOfPuppets } from './keeper.ts'

async function replaceSick(maxSurge: number) {
  const { keeper, launcher, clock, bus } = keeperOfPuppets({ rollout: { maxSurge, maxUnavailable: 1, settleMs: 0 } })
  const started = keeper.start()
  launcher.workers[0]?.becomesReady()
  await started
  const operations = new Operations()
  const replacements = new Replacements(() => ({ perService: 1, total: 1 }), operations)
  const keepers = new Map([[keeper.id, keeper]])
  const commands = new Commands({ keepers, operations, replacements, bus, clock, isStopping: () => false, lastLines: () => [] })
  const [old] = launcher.workers
  assert.ok(old)
  const done = commands.treatment(() => {}).replace(old.id, 'unhealthy')
  await turn()
  return { old, launcher, done }
}

test('a sick worker is replaced before it goes', async () => {
  const { old, launcher, done } = await replaceSick(1)
  assert.ok(!old.orders.includes('drain'))
  assert.equal(launcher.workers.length, 2)
  for (const worker of launcher.workers) worker.settles()
  await done
  assert.ok(!old.isAlive)
})

test('a sick worker of a service that may have none on top goes first: two could not have one port', async () => {
  const { old, launcher, done } = await replaceSick(0)
  assert.ok(old.orders.includes('drain'))
  assert.equal(launcher.workers.length, 1)
  old.settles()
  await turn()
  await turn()
  assert.ok(!old.isAlive)
  assert.equal(launcher.workers.length, 2)
  launcher.workers[1]?.settles()
  await done
})
