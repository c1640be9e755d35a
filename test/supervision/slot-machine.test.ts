import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { brief, SlotDriver } from './slot-driver.ts'
import type { RestartSpec } from '../../src/model/spec.ts'
import { NOTHING_CUT } from '../../src/model/cut.ts'

describe('a starting slot', () => {
  test('launches, routes what has loaded, and is ready when the route is known', () => {
    const driver = new SlotDriver()
    assert.deepEqual(brief(driver.send({ type: 'start' })), ['launch 1', 'emit worker.launched', 'schedule'])
    assert.deepEqual(brief(driver.send({ type: 'loaded', generation: 1, url: null })), ['route 1'])
    assert.deepEqual(brief(driver.send({ type: 'routed', generation: 1 })), ['emit worker.ready', 'settle ready', 'cancel'])
    assert.equal(driver.slot.phase.kind, 'ready')
  })

  test('terminates a worker that is not ready in time, and restarts it after a delay', () => {
    const driver = new SlotDriver()
    driver.send({ type: 'start' })
    assert.deepEqual(brief(driver.timer()), ['terminate 1', 'cancel'])
    assert.deepEqual(brief(driver.exits()), ['emit worker.exited', 'emit restart.scheduled', 'schedule'])
    assert.deepEqual(driver.slot.lastExit?.exit, { kind: 'killed', reason: 'start-timeout' })
    assert.deepEqual(brief(driver.timer()), ['launch 2', 'emit worker.launched', 'schedule'])
    assert.equal(driver.slot.restarts, 1)
  })

  test('is quarantined when its starts keep failing, and says with which error', () => {
    const driver = new SlotDriver({ startAttempts: 2 })
    driver.send({ type: 'start' })
    const fail = () => {
      driver.send({ type: 'load-failed', generation: driver.slot.generation, error: { name: 'SyntaxError', message: 'Unexpected token' } })
      return driver.exits()
    }
    fail()
    driver.timer()
    const last = fail()
    assert.equal(driver.slot.phase.kind, 'quarantined')
    const settled = last.find((action) => action.type === 'settle')
    assert.deepEqual(settled?.outcome, { kind: 'failed', error: { name: 'SyntaxError', message: 'Unexpected token' } })
  })

  test('begins anew when its code changes, without counting that as a failure', () => {
    const driver = new SlotDriver()
    driver.send({ type: 'start' })
    assert.deepEqual(brief(driver.send({ type: 'replace', reason: 'changed' })), ['terminate 1', 'cancel'])
    assert.deepEqual(brief(driver.exits()), ['emit worker.exited', 'launch 2', 'emit worker.launched', 'schedule'])
    assert.equal(driver.slot.history.failedStarts, 0)
    assert.equal(driver.slot.restarts, 0)
  })

  test('ends at once when it is stopped', () => {
    const driver = new SlotDriver()
    driver.send({ type: 'start' })
    assert.deepEqual(brief(driver.send({ type: 'stop', deadlineMs: 1000, idleMs: null })), ['terminate 1', 'cancel'])
    driver.exits()
    assert.equal(driver.slot.phase.kind, 'stopped')
  })

  test('restarts at once when the delay is below 10 ms', () => {
    const restarted = (delayMs: number) => {
      const driver = new SlotDriver({ delayMs })
      driver.send({ type: 'start' })
      return brief(driver.exits())
    }
    assert.deepEqual(restarted(9), ['emit worker.exited', 'emit restart.scheduled', 'launch 2', 'emit worker.launched', 'schedule'])
    assert.deepEqual(restarted(10), ['emit worker.exited', 'emit restart.scheduled', 'schedule'])
  })

  test('has a timer only where there is a limit to a start', () => {
    const driver = new SlotDriver()
    driver.startTimeoutMs = 0
    assert.deepEqual(brief(driver.send({ type: 'start' })), ['launch 1', 'emit worker.launched', 'cancel'])
    driver.becomesReady()
    assert.deepEqual(brief(driver.send({ type: 'replace', reason: 'restart' })).at(-1), 'cancel')
  })
})

describe('a ready slot', () => {
  test('is unrouted first when its worker crashes, and restarted by the decision', () => {
    const driver = SlotDriver.ready()
    assert.deepEqual(brief(driver.exits(1, 3)), ['unroute 1', 'emit worker.exited', 'emit restart.scheduled', 'schedule'])
    assert.deepEqual(driver.slot.lastExit?.exit, { kind: 'crashed', code: 3 })
  })

  test('is killed without a drain when it is blocked', () => {
    const driver = SlotDriver.ready()
    assert.deepEqual(brief(driver.send({ type: 'kill', generation: 1, reason: 'blocked' })), ['unroute 1', 'terminate 1'])
    driver.exits()
    assert.deepEqual(driver.slot.lastExit?.exit, { kind: 'killed', reason: 'blocked' })
    assert.equal(driver.slot.phase.kind, 'backoff')
  })

  test('leaves in order when it is stopped: unrouted, drained, stopped', () => {
    const driver = SlotDriver.ready()
    assert.deepEqual(brief(driver.send({ type: 'stop', deadlineMs: 8000, idleMs: null })), ['unroute 1', 'schedule'])
    assert.deepEqual(brief(driver.send({ type: 'unrouted', generation: 1 })), ['emit drain.started', 'drain 1'])
    assert.deepEqual(brief(driver.send({ type: 'drained', generation: 1, cut: NOTHING_CUT })), ['emit drain.finished', 'stop 1'])
    assert.deepEqual(brief(driver.exits(1, 0)), ['emit worker.exited', 'cancel', 'settle stopped'])
    assert.deepEqual(driver.slot.lastExit?.exit, { kind: 'stopped', code: 0 })
  })

  test('is terminated when it is late, and given up when it outlives that', () => {
    const driver = SlotDriver.ready()
    driver.send({ type: 'stop', deadlineMs: 8000, idleMs: null })
    assert.deepEqual(brief(driver.timer()), ['terminate 1'])
    driver.send({ type: 'abandoned', generation: 1 })
    assert.equal(driver.slot.phase.kind, 'stopped')
    assert.deepEqual(driver.slot.lastExit?.exit, { kind: 'killed', reason: 'stop-timeout' })
  })
})

describe('a replacement', () => {
  function replacing(): SlotDriver {
    const driver = SlotDriver.ready()
    driver.send({ type: 'replace', reason: 'restart' })
    return driver
  }

  test('has the new worker routed before the old one is unrouted', () => {
    const driver = replacing()
    driver.send({ type: 'loaded', generation: 2, url: null })
    assert.deepEqual(brief(driver.send({ type: 'routed', generation: 2 })), ['emit worker.ready', 'unroute 1', 'schedule'])
    driver.send({ type: 'unrouted', generation: 1 })
    driver.send({ type: 'drained', generation: 1, cut: NOTHING_CUT })
    assert.deepEqual(brief(driver.exits(1, 0)), ['emit worker.exited', 'emit replacement.finished', 'settle ready', 'cancel'])
    assert.equal(driver.slot.phase.kind, 'ready')
  })

  test('that fails leaves the old worker serving, and says why', () => {
    const driver = replacing()
    driver.send({ type: 'load-failed', generation: 2, error: { name: 'Error', message: 'no database' } })
    assert.deepEqual(brief(driver.exits(2)), ['emit worker.exited', 'emit replacement.failed', 'settle failed', 'cancel'])
    assert.ok(driver.slot.phase.kind === 'ready' && driver.slot.phase.worker.generation === 1)
  })

  test('becomes a start when the old worker dies meanwhile', () => {
    const driver = replacing()
    assert.deepEqual(brief(driver.exits(1)), ['emit worker.exited', 'unroute 1'])
    driver.becomesReady(2)
    assert.ok(driver.slot.phase.kind === 'ready' && driver.slot.phase.worker.generation === 2)
  })

  test('hurries the old worker, then restarts, when the new one dies after taking over', () => {
    const driver = replacing()
    driver.becomesReady(2)
    driver.send({ type: 'unrouted', generation: 1 })
    const actions = driver.exits(2)
    assert.deepEqual(brief(actions), ['emit worker.exited', 'unroute 2', 'drain 1', 'emit replacement.failed', 'settle failed', 'schedule'])
    const times = actions.flatMap((action) => {
      if (action.type === 'schedule') return [action.delayMs]
      return action.type === 'drain' ? [action.deadlineMs, action.idleMs] : []
    })
    assert.deepEqual(times, [1500, 1000, 2000])
    assert.deepEqual(brief(driver.timer()), ['terminate 1'])
    driver.exits(1, 0)
    assert.equal(driver.slot.phase.kind, 'backoff')
  })

  test('leaves the old worker its time when the new one dies and no other is to come', () => {
    const driver = SlotDriver.ready({ policy: 'never' })
    driver.send({ type: 'replace', reason: 'restart' })
    driver.becomesReady(2)
    assert.deepEqual(brief(driver.exits(2)), ['emit worker.exited', 'unroute 2', 'emit replacement.failed', 'settle failed'])
    driver.exits(1, 0)
    assert.equal(driver.slot.phase.kind, 'quarantined')
  })

  test('is ended by a stop: the new worker at once, the old one gracefully', () => {
    const driver = replacing()
    assert.deepEqual(brief(driver.send({ type: 'stop', deadlineMs: 5000, idleMs: null })), ['unroute 1', 'terminate 2', 'schedule'])
    driver.exits(2)
    assert.equal(driver.slot.phase.kind, 'draining')
    driver.send({ type: 'unrouted', generation: 1 })
    driver.send({ type: 'drained', generation: 1, cut: NOTHING_CUT })
    driver.exits(1, 0)
    assert.equal(driver.slot.phase.kind, 'stopped')
  })
})

describe('a resting slot', () => {
  test('stays stopped when it is stopped during its backoff', () => {
    const driver = SlotDriver.ready()
    driver.exits()
    const { timer } = driver.slot
    driver.send({ type: 'stop', deadlineMs: 1000, idleMs: null })
    assert.deepEqual(driver.send({ type: 'timer', token: timer }), [])
    assert.equal(driver.slot.phase.kind, 'stopped')
  })

  test('is probed with one worker after quarantine, and quarantined again when that fails', () => {
    const driver = SlotDriver.ready({ maxAttempts: 0, probeAfterMs: 60_000 })
    driver.exits()
    assert.equal(driver.slot.phase.kind, 'quarantined')
    assert.deepEqual(brief(driver.timer()), ['emit slot.probed', 'launch 2', 'emit worker.launched', 'schedule'])
    driver.exits()
    assert.deepEqual(driver.slot.phase, { kind: 'quarantined', reason: 'probe-failed', probeAtMs: driver.nowMs + 60_000 })
  })

  test('is probed after every quarantine but that of its restart policy', () => {
    const quarantined = (restart: Partial<RestartSpec>) => brief(SlotDriver.ready({ probeAfterMs: 60_000, ...restart }).exits())
    assert.deepEqual(quarantined({ maxAttempts: 0 }).slice(-3), ['emit slot.quarantined', 'settle failed', 'schedule'])
    assert.deepEqual(quarantined({ policy: 'never' }).slice(-3), ['emit slot.quarantined', 'settle failed', 'cancel'])
    assert.deepEqual(quarantined({ maxAttempts: 0, probeAfterMs: 0 }).slice(-3), ['emit slot.quarantined', 'settle failed', 'cancel'])
  })

  test('starts with a clean history when an operator restarts it out of quarantine', () => {
    const driver = SlotDriver.ready({ maxAttempts: 0 })
    driver.exits()
    driver.send({ type: 'replace', reason: 'restart' })
    assert.equal(driver.slot.phase.kind, 'starting')
    assert.deepEqual(driver.slot.history, { crashesMs: [], failedStarts: 0, attempt: 0 })
  })
})

describe('the slot of a oneshot', () => {
  function running(restart: Partial<RestartSpec> = {}): SlotDriver {
    const driver = new SlotDriver({ policy: 'on-failure', ...restart }, { isOneshot: true })
    driver.send({ type: 'start' })
    return driver
  }

  test('completes when its worker ends with code 0, and runs again when an operator says so', () => {
    const driver = running()
    assert.deepEqual(brief(driver.exits(1, 0)), ['emit worker.exited', 'settle completed', 'cancel'])
    assert.equal(driver.slot.phase.kind, 'completed')
    assert.deepEqual(brief(driver.send({ type: 'replace', reason: 'restart' })), ['launch 2', 'emit worker.launched', 'schedule'])
  })

  test('is tried again after a failure, and has failed for good after startAttempts', () => {
    const driver = running({ startAttempts: 2, probeAfterMs: 0 })
    driver.exits(1, 3)
    assert.equal(driver.slot.phase.kind, 'backoff')
    driver.timer()
    assert.deepEqual(brief(driver.exits(2, 3)), ['emit worker.exited', 'emit slot.quarantined', 'settle failed', 'cancel'])
  })

  test('is stopped like a worker that serves: it has its deadline', () => {
    const driver = running()
    assert.deepEqual(brief(driver.send({ type: 'stop', deadlineMs: 1000, idleMs: null })), ['unroute 1', 'schedule'])
    driver.send({ type: 'unrouted', generation: 1 })
    driver.send({ type: 'drained', generation: 1, cut: NOTHING_CUT })
    driver.exits(1, 0)
    assert.deepEqual([driver.slot.phase.kind, driver.slot.lastExit?.exit.kind], ['stopped', 'stopped'])
  })
})
