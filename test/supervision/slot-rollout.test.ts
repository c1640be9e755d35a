import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NOTHING_CUT } from '../../src/model/cut.ts'
import { brief, SlotDriver } from './slot-driver.ts'

describe('a replacement that settles', () => {
  function settling(reason: 'restart' | 'unhealthy' = 'restart'): SlotDriver {
    const driver = SlotDriver.ready()
    driver.settleMs = 3000
    driver.send({ type: 'replace', reason })
    driver.send({ type: 'loaded', generation: 2, url: null })
    return driver
  }

  test('is routed only after it has lived for long enough', () => {
    const driver = settling()
    assert.deepEqual(driver.actions.slice(-1), [{ type: 'schedule', token: driver.slot.timer, delayMs: 3000 }])
    assert.deepEqual(brief(driver.timer()), ['route 2', 'schedule'])
    assert.deepEqual(brief(driver.send({ type: 'routed', generation: 2 })), ['emit worker.ready', 'unroute 1', 'schedule'])
  })

  test('is launched so that it accepts no connection before it is routed', () => {
    const launches = settling().actions.filter((action) => action.type === 'launch')
    assert.deepEqual(
      launches.map(({ accept }) => accept),
      ['at-once', 'when-routed'],
    )
  })

  test('has failed when it crashes meanwhile, and the old worker keeps serving', () => {
    const driver = settling()
    assert.deepEqual(brief(driver.exits(2)), ['emit worker.exited', 'emit replacement.failed', 'settle failed', 'cancel'])
    assert.ok(driver.slot.phase.kind === 'ready' && driver.slot.phase.worker.generation === 1)
  })

  test('does not wait any longer when the old worker dies or is killed meanwhile', () => {
    assert.deepEqual(brief(settling().exits(1)), ['emit worker.exited', 'unroute 1', 'route 2', 'schedule'])
    const killed = settling()
    assert.deepEqual(brief(killed.send({ type: 'kill', generation: 1, reason: 'blocked' })), [
      'unroute 1',
      'terminate 1',
      'route 2',
      'schedule',
    ])
    const early = SlotDriver.ready()
    early.settleMs = 3000
    early.send({ type: 'replace', reason: 'restart' })
    early.exits(1)
    assert.deepEqual(brief(early.send({ type: 'loaded', generation: 2, url: null })), ['route 2'])
  })

  test('does not wait at all where a sick worker is relieved', () => {
    assert.ok(brief(settling('unhealthy').actions).includes('route 2'))
  })

  test('ends at once by a stop', () => {
    const driver = settling()
    assert.deepEqual(brief(driver.send({ type: 'stop', deadlineMs: 5000, idleMs: null })), ['unroute 1', 'terminate 2', 'schedule'])
  })
})

describe('a replacement that drains first', () => {
  function draining(settleMs = 0): SlotDriver {
    const driver = SlotDriver.ready()
    driver.settleMs = settleMs
    assert.deepEqual(brief(driver.send({ type: 'replace', reason: 'restart', order: 'drain-first' })), [
      'emit replacement.started',
      'unroute 1',
      'schedule',
    ])
    return driver
  }

  function drained(settleMs = 0): SlotDriver {
    const driver = draining(settleMs)
    driver.send({ type: 'unrouted', generation: 1 })
    driver.send({ type: 'drained', generation: 1, cut: NOTHING_CUT })
    assert.deepEqual(brief(driver.exits(1, 0)), ['emit worker.exited', 'launch 2', 'emit worker.launched', 'schedule'])
    return driver
  }

  test('launches when the old worker is gone, and is finished when the new one is ready', () => {
    const driver = drained()
    driver.send({ type: 'loaded', generation: 2, url: null })
    assert.deepEqual(brief(driver.send({ type: 'routed', generation: 2 })), [
      'emit worker.ready',
      'emit replacement.finished',
      'settle ready',
      'cancel',
    ])
    assert.equal(driver.slot.restarts, 0, 'nobody has crashed')
  })

  test('settles too, as long as a sibling serves', () => {
    const driver = drained(500)
    driver.siblingServes = true
    driver.send({ type: 'loaded', generation: 2, url: null })
    assert.deepEqual(brief(driver.timer()), ['route 2', 'schedule'])
  })

  test('does not settle where nobody else serves', () => {
    assert.deepEqual(brief(drained(500).send({ type: 'loaded', generation: 2, url: null })), ['route 2'])
  })

  test('has failed with its first failed start, which the slot then repeats by itself', () => {
    const driver = drained()
    driver.send({ type: 'load-failed', generation: 2, error: { name: 'Error', message: 'no database' } })
    assert.deepEqual(brief(driver.exits(2)), [
      'emit worker.exited',
      'emit replacement.failed',
      'settle failed',
      'emit restart.scheduled',
      'schedule',
    ])
    driver.timer()
    driver.becomesReady(3)
    assert.equal(driver.slot.phase.kind, 'ready')
    assert.equal(brief(driver.actions).filter((action) => action === 'emit replacement.finished').length, 0)
  })

  test('launches nothing after a stop', () => {
    const driver = draining()
    driver.send({ type: 'stop', deadlineMs: 1000, idleMs: null })
    driver.timer()
    assert.deepEqual(brief(driver.exits(1)), ['emit worker.exited', 'cancel', 'settle stopped'])
    assert.equal(driver.slot.phase.kind, 'stopped')
  })
})
