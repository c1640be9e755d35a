import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Circuit } from '../../src/mesh/circuit.ts'
import { judge, type Mode, type Standing, type TargetCondition } from '../../src/mesh/eligibility.ts'

const CIRCUITS: Readonly<Record<string, Circuit>> = {
  closed: { kind: 'closed', failures: 0 },
  open: { kind: 'open', untilMs: 1, openings: 1 },
  halfOpen: { kind: 'half-open', probingUntilMs: null, openings: 1 },
  probing: { kind: 'half-open', probingUntilMs: 5_000, openings: 1 },
}

/** `ok`, `dead`, or a circuit, with `slow ` before it when it is that. */
function condition(text: string): TargetCondition {
  const slow = text.startsWith('slow ')
  const name = slow ? text.slice(5) : text
  return { alive: name !== 'dead', slow, circuit: CIRCUITS[name] ?? { kind: 'closed', failures: 2 } }
}

const TABLE: readonly (readonly [targets: readonly string[], mode: Mode, standings: readonly Standing[]])[] = [
  [[], 'none', []],
  [['dead'], 'none', ['gone']],
  [['dead', 'ok'], 'normal', ['gone', 'eligible']],
  [['ok', 'slow ok'], 'normal', ['eligible', 'slow']],
  [['slow ok', 'slow ok'], 'panic', ['eligible', 'eligible']],
  [['open', 'ok'], 'normal', ['open', 'eligible']],
  [['open', 'slow ok'], 'panic', ['open', 'eligible']],
  [['open', 'dead'], 'failing', ['open', 'gone']],
  [['halfOpen', 'ok', 'halfOpen'], 'normal', ['probe', 'eligible', 'probe']],
  [['probing', 'ok'], 'normal', ['probing', 'eligible']],
  [['slow halfOpen', 'ok'], 'normal', ['slow', 'eligible']],
  [['slow halfOpen', 'open'], 'failing', ['probe', 'open']],
  [['open', 'halfOpen', 'halfOpen'], 'failing', ['open', 'probe', 'open']],
  [['probing', 'halfOpen'], 'failing', ['probing', 'open']],
]

for (const [targets, mode, standings] of TABLE) {
  test(`judge: ${targets.join(', ') || 'no targets'} → ${mode}`, () => {
    assert.deepEqual(judge(targets.map(condition)), { mode, standings })
  })
}

const anyTarget = fc.record({
  alive: fc.boolean(),
  slow: fc.boolean(),
  circuit: fc.constantFrom(...Object.values(CIRCUITS)),
})

test('judge never ejects all: whoever lives is eligible, or the service as a whole fails and one at a time is tried', () => {
  fc.assert(
    fc.property(fc.array(anyTarget, { maxLength: 8 }), (targets) => {
      const { mode, standings } = judge(targets)
      const count = (standing: Standing) => standings.filter((one) => one === standing).length
      assert.equal(standings.length, targets.length)
      assert.equal(count('eligible') > 0, mode === 'normal' || mode === 'panic')
      assert.equal(
        mode === 'none',
        targets.every(({ alive }) => !alive),
      )
      if (mode === 'failing') assert.ok(count('probe') + Math.min(1, count('probing')) <= 1)
      for (const [index, standing] of standings.entries()) {
        if (standing === 'eligible') assert.ok(targets[index]?.alive && targets[index].circuit.kind === 'closed')
      }
    }),
  )
})
