import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { afterFailure, afterSuccess, afterWaiting, CLOSED, withoutProbe, withProbe, type Circuit } from '../../src/mesh/circuit.ts'

const SPEC = { failures: 3, openForMs: 1_000, maxOpenForMs: 5_000 }
const at = (nowMs: number, request: 'ordinary' | 'probe' = 'ordinary') => ({ nowMs, entropy: 0, request })

function failing(times: number): Circuit {
  let circuit = CLOSED
  for (let i = 0; i < times; i++) circuit = afterFailure(circuit, at(0), SPEC)
  return circuit
}

test('circuit opens at the last of so many failures in a row, and never when the number is 0', () => {
  assert.deepEqual(failing(2), { kind: 'closed', failures: 2 })
  assert.deepEqual(failing(3), { kind: 'open', untilMs: 1_000, openings: 1 })
  let circuit = CLOSED
  for (let i = 0; i < 100; i++) circuit = afterFailure(circuit, at(0), { ...SPEC, failures: 0 })
  assert.equal(circuit.kind, 'closed')
})

test('circuit counts failures in a row: a success begins anew', () => {
  const circuit = afterSuccess(failing(2), 'ordinary')
  assert.equal(circuit, CLOSED)
  assert.equal(afterFailure(circuit, at(0), SPEC).kind, 'closed')
})

test('circuit becomes half-open when its time is over, and lets one probe at a time decide', () => {
  const open = failing(3)
  assert.equal(afterWaiting(open, 999), open)
  const halfOpen = afterWaiting(open, 1_000)
  assert.deepEqual(halfOpen, { kind: 'half-open', probingUntilMs: null, openings: 1 })
  const probing = withProbe(halfOpen, 1_000, SPEC)
  assert.deepEqual(withoutProbe(probing), halfOpen)
  assert.equal(afterSuccess(probing, 'probe'), CLOSED)
  assert.deepEqual(afterFailure(probing, at(2_000, 'probe'), SPEC), { kind: 'open', untilMs: 4_000, openings: 2 })
})

test('circuit lets the next probe go when the last one has taken its time, as a slow request of a healthy target does', () => {
  const probing = withProbe(afterWaiting(failing(3), 1_000), 1_000, SPEC)
  assert.equal(afterWaiting(probing, 1_999), probing)
  const again = afterWaiting(probing, 2_000)
  assert.deepEqual(again, { kind: 'half-open', probingUntilMs: null, openings: 1 })
  assert.equal(afterSuccess(withProbe(again, 2_000, SPEC), 'probe'), CLOSED)
})

test('circuit takes no notice of late news from before it opened', () => {
  const open = failing(3)
  assert.equal(afterFailure(open, at(500), SPEC), open)
  assert.equal(afterSuccess(open, 'ordinary'), open)
  const probing = withProbe(afterWaiting(open, 1_000), 1_000, SPEC)
  assert.equal(afterFailure(probing, at(1_500), SPEC), probing)
  assert.equal(afterSuccess(probing, 'ordinary'), probing)
})

test('circuit stays open longer with each probe that fails, within the cap, whatever chance adds', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }), (chances) => {
      let circuit = failing(3)
      let nowMs = 0
      let beforeMs = 0
      for (const entropy of chances) {
        if (circuit.kind !== 'open') assert.fail(`it is ${circuit.kind}`)
        const openMs = circuit.untilMs - nowMs
        assert.ok(openMs >= SPEC.openForMs && openMs <= SPEC.maxOpenForMs)
        assert.ok(openMs > beforeMs || openMs === SPEC.maxOpenForMs)
        beforeMs = openMs
        nowMs = circuit.untilMs
        circuit = afterFailure(withProbe(afterWaiting(circuit, nowMs), nowMs, SPEC), { nowMs, entropy, request: 'probe' }, SPEC)
      }
    }),
  )
})

test('circuit is open only after enough failures in a row, for any sequence of news', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (news) => {
      let circuit = CLOSED
      let inARow = 0
      for (const good of news) {
        if (circuit.kind !== 'closed') return
        circuit = good ? afterSuccess(circuit, 'ordinary') : afterFailure(circuit, at(0), SPEC)
        inARow = good ? 0 : inARow + 1
        assert.equal(circuit.kind, inARow >= SPEC.failures ? 'open' : 'closed')
      }
    }),
  )
})
