import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NOTHING_CUT } from '../../src/model/cut.ts'
import { brief, SlotDriver } from './slot-driver.ts'

describe('a worker that leaves for its successor', () => {
  function leaving(): SlotDriver {
    const driver = SlotDriver.ready()
    driver.send({ type: 'replace', reason: 'restart' })
    driver.becomesReady(2)
    return driver
  }

  function drains(driver: SlotDriver): readonly unknown[] {
    return driver.actions.flatMap((action) =>
      action.type === 'drain' ? [[action.worker.generation, action.deadlineMs, action.idleMs]] : [],
    )
  }

  test('drains faster when the slot is stopped, as fast as one that leaves for good', () => {
    const driver = leaving()
    driver.send({ type: 'unrouted', generation: 1 })
    driver.nowMs += 1000
    assert.deepEqual(brief(driver.send({ type: 'stop', deadlineMs: 4000, idleMs: 500 })), ['drain 1', 'unroute 2', 'schedule'])
    driver.send({ type: 'unrouted', generation: 2 })
    assert.deepEqual(drains(driver), [
      [1, 9000, null],
      [1, 3000, 500],
      [2, 3000, 500],
    ])
    assert.deepEqual(brief(driver.send({ type: 'drained', generation: 1, cut: NOTHING_CUT })), ['emit drain.finished', 'stop 1'])
    assert.deepEqual(driver.send({ type: 'drained', generation: 1, cut: NOTHING_CUT }), [], 'both orders to drain are answered')
  })

  test('gets no more time by a stop than it had', () => {
    const driver = leaving()
    driver.send({ type: 'unrouted', generation: 1 })
    driver.nowMs += 8000
    driver.send({ type: 'stop', deadlineMs: 60_000, idleMs: null })
    assert.deepEqual(drains(driver).at(-1), [1, 1500, null])
  })

  test('drains within the time of a stop that comes before it is unrouted', () => {
    const driver = leaving()
    driver.send({ type: 'stop', deadlineMs: 4000, idleMs: 500 })
    driver.send({ type: 'unrouted', generation: 1 })
    assert.deepEqual(drains(driver), [[1, 3000, 500]])
  })

  test('is hurried by a second, sooner stop, until it has been asked to end', () => {
    const driver = leaving()
    driver.send({ type: 'stop', deadlineMs: 8000, idleMs: null })
    driver.send({ type: 'unrouted', generation: 2 })
    driver.send({ type: 'stop', deadlineMs: 2000, idleMs: 0 })
    assert.deepEqual(drains(driver), [
      [2, 7000, null],
      [2, 1500, 0],
    ])
    driver.send({ type: 'drained', generation: 2, cut: NOTHING_CUT })
    assert.deepEqual(brief(driver.send({ type: 'stop', deadlineMs: 1000, idleMs: 0 })), ['schedule'])
  })
})

test('a new worker that has to be killed after taking over goes with the old one, and the slot restarts when both are gone', () => {
  const killed = () => {
    const driver = SlotDriver.ready()
    driver.send({ type: 'replace', reason: 'restart' })
    driver.becomesReady(2)
    assert.deepEqual(brief(driver.send({ type: 'kill', generation: 2, reason: 'blocked' })), [
      'terminate 2',
      'unroute 2',
      'emit replacement.failed',
      'settle failed',
      'schedule',
    ])
    return driver
  }
  for (const [first, last] of [[1, 2] as const, [2, 1] as const]) {
    const driver = killed()
    assert.deepEqual(brief(driver.exits(first)), ['emit worker.exited'])
    assert.equal(driver.slot.phase.kind, 'draining')
    driver.exits(last)
    assert.equal(driver.slot.phase.kind, 'backoff')
  }
})

describe('a slot whose last worker leaves', () => {
  function leaving(why: 'stop' | 'blocked'): SlotDriver {
    const driver = SlotDriver.ready()
    driver.send(why === 'stop' ? { type: 'stop', deadlineMs: 8000, idleMs: null } : { type: 'kill', generation: 1, reason: why })
    return driver
  }

  test('is started again when that is gone, if somebody has said so after the stop', () => {
    const driver = leaving('stop')
    driver.send({ type: 'start' })
    assert.deepEqual(brief(driver.exits(1, 0)), [
      'emit worker.exited',
      'emit restart.scheduled',
      'launch 2',
      'emit worker.launched',
      'schedule',
    ])
  })

  test('keeps the delay of its restart when it is started meanwhile', () => {
    const driver = leaving('blocked')
    assert.deepEqual(driver.send({ type: 'start' }), [])
    assert.deepEqual(brief(driver.exits()), ['emit worker.exited', 'emit restart.scheduled', 'schedule'])
    assert.equal(driver.slot.phase.kind, 'backoff')
  })

  test('tells whoever wants it replaced that it is being stopped, and nothing when it restarts anyway', () => {
    assert.deepEqual(brief(leaving('stop').send({ type: 'replace', reason: 'restart' })), ['answer stopped'])
    assert.deepEqual(leaving('blocked').send({ type: 'replace', reason: 'restart' }), [])
  })

  test('records why it was ended by force also when that had to be given up', () => {
    const driver = leaving('blocked')
    driver.send({ type: 'abandoned', generation: 1 })
    assert.deepEqual(driver.slot.lastExit?.exit, { kind: 'killed', reason: 'blocked' })
  })

  test('is the very same slot after an answer that it does not wait for, so that nobody is told of a change', () => {
    const driver = leaving('stop')
    driver.send({ type: 'unrouted', generation: 1 })
    const before = driver.slot
    assert.deepEqual(driver.send({ type: 'unrouted', generation: 1 }), [])
    assert.equal(driver.slot, before)
  })
})
