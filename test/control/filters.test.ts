import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventMatcher, fitsPattern, type EventFilter } from '../../src/control/event-filter.ts'
import { logMatcher, type LogFilter } from '../../src/control/log-filter.ts'
import type { RuntimeEvent } from '../../src/model/events.ts'
import { serviceId, type WorkerKey } from '../../src/model/ids.ts'
import type { LogLine } from '../../src/model/log-line.ts'
import { stamp } from './fake-port.ts'
import { exampleView } from './example-view.ts'

const ALL_LINES: LogFilter = { targets: [], sinceMs: null, level: null, previous: false }
const ALL_EVENTS: EventFilter = { targets: [], types: [], sinceMs: null }
const auth = { service: serviceId('auth'), slot: 0 }

function line(facts: Partial<LogLine> = {}): LogLine {
  return { atMs: 1000, ...auth, generation: 1, stream: 'stdout', text: 'hello', ...facts }
}

function shows(filter: Partial<LogFilter>, facts: Partial<LogLine> = {}): boolean {
  return logMatcher({ ...ALL_LINES, ...filter }, exampleView())(line(facts))
}

test('logMatcher takes the level of a line from pino, or from where it was written', () => {
  const table: [Partial<LogLine>, LogFilter['level'], boolean][] = [
    [{}, 'info', true],
    [{}, 'warn', false],
    [{ stream: 'stderr' }, 'error', true],
    [{ stream: 'stderr' }, 'fatal', false],
    [{ text: '{"level":40,"time":1,"msg":"x"}' }, 'warn', true],
    [{ text: '{"level":40,"time":1,"msg":"x"}' }, 'error', false],
    [{ text: '{"level":"error","time":1}' }, 'error', true],
    [{ text: '{"level":35,"time":1}' }, 'info', true],
    [{ text: '{"level":20,"time":1}', stream: 'stderr' }, 'info', false],
    [{ text: '{"level":20}' }, 'info', true],
    [{ text: '{"level":60,"time":1' }, 'fatal', false],
  ]
  for (const [facts, level, expected] of table) assert.equal(shows({ level }, facts), expected, JSON.stringify([facts, level]))
})

test('logMatcher begins at the moment that was asked for', () => {
  assert.equal(shows({ sinceMs: 1000 }), true)
  assert.equal(shows({ sinceMs: 1001 }), false)
})

test('logMatcher shows as previous what came before the present worker, and everything of a slot that has none', () => {
  assert.equal(shows({ previous: true }, { generation: 1 }), false)
  assert.equal(shows({ previous: true }, { slot: 2, generation: 4 }), true)
  assert.equal(shows({ previous: true }, { slot: 2, generation: 5 }), false)
  assert.equal(shows({ previous: true }, { slot: 9, generation: 1 }), true, 'a slot that was scaled away')
})

test('fitsPattern lets * stand for any text, and nothing else for anything but itself', () => {
  const table: [string, string, boolean][] = [
    ['worker.exited', 'worker.exited', true],
    ['worker.exited', 'worker', false],
    ['worker.exited', 'worker.*', true],
    ['worker.exited', '*.exited', true],
    ['worker.exited', '*', true],
    ['worker.exited', '*ex*ed', true],
    ['worker.exited', 'w*r*x*d', true],
    ['worker.exited', '*exited*exited', false],
    ['aba', 'ab*ba', false],
    ['workerxexited', 'worker.exited', false],
    ['', '*', true],
  ]
  for (const [text, pattern, expected] of table) assert.equal(fitsPattern(text, pattern), expected, `${text} ${pattern}`)
})

test('eventMatcher knows whom an event is about, also circuits and commands', () => {
  const about = (event: RuntimeEvent, slot: number | null): boolean =>
    eventMatcher({ ...ALL_EVENTS, targets: [{ service: auth.service, slot }] })(stamp(event))
  const table: [RuntimeEvent, boolean, boolean][] = [
    [{ type: 'worker.launched', worker: { ...auth, generation: 1 } }, true, true],
    [{ type: 'worker.launched', worker: { ...auth, slot: 1, generation: 1 } }, true, false],
    [{ type: 'slot.probed', slot: auth }, true, true],
    [{ type: 'service.stopped', service: auth.service }, true, false],
    [{ type: 'service.stopped', service: serviceId('gateway') }, false, false],
    [{ type: 'circuit.closed', caller: 'gateway/1#2' as WorkerKey, target: 'auth/0#1' as WorkerKey }, true, true],
    [{ type: 'circuit.closed', caller: 'gateway/1#2' as WorkerKey, target: auth.service }, true, false],
    [{ type: 'command.received', command: 'restart', target: 'gateway auth/0' }, true, true],
    [{ type: 'command.received', command: 'stop', target: null }, false, false],
    [{ type: 'route.published', version: 3 }, false, false],
  ]
  for (const [event, ofService, ofSlot] of table) {
    assert.deepEqual([about(event, null), about(event, 0)], [ofService, ofSlot], JSON.stringify(event))
  }
})

test('eventMatcher wants one of the types', () => {
  const matches = eventMatcher({ ...ALL_EVENTS, types: ['slot.*', 'service.failed'] })
  assert.equal(matches(stamp({ type: 'slot.probed', slot: auth })), true)
  assert.equal(matches(stamp({ type: 'service.stopped', service: auth.service })), false)
})
