import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assess, FIRST_ASSESSMENT, type Assessment, type Sample } from '../../src/health/assessment.ts'
import { judgeHeap } from '../../src/health/heap-limit.ts'
import { serviceSpec } from '../support/specs.ts'

const spec = serviceSpec().health

function sample(overrides: Partial<Sample> = {}): Sample {
  return { elu: 0.1, heapShare: 0.2, silentMs: null, readyForMs: 60_000, siblingsElu: [], ...overrides }
}

/** Plays checks one after the other; the orders that they gave. */
function play(samples: readonly Sample[]): { orders: readonly string[]; last: Assessment } {
  let last = FIRST_ASSESSMENT
  const orders = samples.map((one) => {
    const { after, order } = assess(last, one, spec)
    last = after
    return order
  })
  return { orders, last }
}

test('assess leaves a worker alone during its grace period', () => {
  const { orders, last } = play([sample({ elu: 1, heapShare: 1, readyForMs: 1000 })])
  assert.deepEqual(orders, ['none'])
  assert.equal(last.verdict.kind, 'grace')
})

test('assess replaces a lone worker that is pressed for too many checks in a row', () => {
  const { orders, last } = play([sample({ elu: 1 }), sample({ elu: 1 }), sample({ elu: 1 })])
  assert.deepEqual(orders, ['none', 'none', 'replace'])
  assert.deepEqual(last.verdict, { kind: 'unhealthy', measure: 'elu', limit: 0.98, value: 1 })
  assert.equal(last.inRotation, true)
})

test('assess counts bad checks in a row only', () => {
  const { orders } = play([sample({ elu: 1 }), sample({ elu: 1 }), sample(), sample({ elu: 1 }), sample({ elu: 1 })])
  assert.ok(orders.every((order) => order === 'none'))
})

test('assess replaces nobody for pressure that the whole pool is under', () => {
  const { orders, last } = play(Array.from({ length: 10 }, () => sample({ elu: 1, siblingsElu: [1, 0.99] })))
  assert.ok(orders.every((order) => order === 'none'))
  assert.equal(last.verdict.kind, 'pressed')
})

test('assess replaces the one busy worker of an idle pool', () => {
  const { orders } = play(Array.from({ length: 3 }, () => sample({ elu: 1, siblingsElu: [0.1, 0.2, 1] })))
  assert.equal(orders.at(-1), 'replace')
})

test('assess counts a heap over its limit even when the siblings are no better off', () => {
  const { orders, last } = play(Array.from({ length: 3 }, () => sample({ heapShare: 0.97, siblingsElu: [1, 1] })))
  assert.equal(orders.at(-1), 'replace')
  assert.ok(last.verdict.kind === 'unhealthy' && last.verdict.measure === 'heap')
})

test('assess takes a silent worker out of rotation at once, also in grace, and has it killed later', () => {
  const first = play([sample({ silentMs: 1000, readyForMs: 2000 })])
  assert.equal(first.last.verdict.kind, 'blocked')
  assert.equal(first.last.inRotation, false)
  assert.deepEqual(first.orders, ['none'])
  const { orders } = play([sample({ silentMs: 1000 }), sample({ silentMs: 15_000 })])
  assert.deepEqual(orders, ['none', 'kill'])
})

test('assess returns a worker to rotation after two good checks', () => {
  const blocked = sample({ silentMs: 1000 })
  assert.equal(play([blocked, sample()]).last.inRotation, false)
  assert.equal(play([blocked, sample(), sample()]).last.inRotation, true)
  assert.equal(play([blocked, sample(), blocked, sample()]).last.inRotation, false)
})

test('assess can have each check turned off', () => {
  const off = { ...spec, maxELU: 0, maxHeapUsed: 0 }
  assert.equal(assess(FIRST_ASSESSMENT, sample({ elu: 1, heapShare: 1 }), off).after.verdict.kind, 'ok')
})

test('judgeHeap recycles below the limit, terminates at it, and looks more often as it nears', () => {
  assert.deepEqual(judgeHeap(50, 100), { order: 'none', nextInMs: 1000 })
  assert.deepEqual(judgeHeap(75, 100), { order: 'none', nextInMs: 100 })
  assert.deepEqual(judgeHeap(85, 100), { order: 'recycle', nextInMs: 100 })
  assert.deepEqual(judgeHeap(100, 100), { order: 'terminate', nextInMs: 100 })
})
