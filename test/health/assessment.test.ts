import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assess, assessReturn, assessSilence, FIRST_ASSESSMENT, type Assessment, type Sample } from '../../src/health/assessment.ts'
import { judgeMemory } from '../../src/health/heap-limit.ts'
import type { Readings } from '../../src/health/findings.ts'
import type { Finding } from '../../src/model/verdict.ts'
import { serviceSpec } from '../support/specs.ts'

const MISSED: Finding = { measure: 'ping', limit: 1000, value: 1200 }

const spec = { ...serviceSpec().health, maxEventLoopDelayMs: 100, maxResponseTimeMs: 500, maxRssBytes: 1000 }

const FINE: Readings = { elu: 0.1, heap: 0.2, cpu: 0.1, delay: 2, response: 20, rss: 500 }

const ALONE = () => ({ elu: 0.1, stuck: [] })

function sample({ siblings = [], ...overrides }: Partial<Omit<Sample, 'siblings'>> & { siblings?: readonly Readings[] } = {}): Sample {
  return { readings: FINE, siblings: () => siblings, cpuLimit: 0.5, evidence: [], company: ALONE, readyForMs: 60_000, ...overrides }
}

function pressed(readings: Partial<Readings>, siblings: readonly Partial<Readings>[] = []): Sample {
  return sample({ readings: { ...FINE, ...readings }, siblings: siblings.map((one) => ({ ...FINE, ...one })) })
}

/** Plays checks one after the other; the orders that they gave. */
function play(samples: readonly Sample[], first = FIRST_ASSESSMENT): { orders: readonly string[]; last: Assessment } {
  let last = first
  const orders = samples.map((one) => {
    const { after, order } = assess(last, one, spec)
    last = after
    return order
  })
  return { orders, last }
}

const OVER: readonly (readonly [keyof Readings, number, number])[] = [
  ['elu', 0.99, 0.98],
  ['heap', 0.96, 0.95],
  ['cpu', 0.7, 0.5],
  ['delay', 120, 100],
  ['response', 700, 500],
  ['rss', 1200, 1000],
]

for (const [measure, value, limit] of OVER) {
  const finding = { measure, limit, value }
  test(`a worker whose ${measure} is over its limit is pressed, and stays in rotation`, () => {
    const { last } = play([pressed({ [measure]: value })])
    assert.deepEqual(last.verdict, { kind: 'pressed', ...finding })
    assert.equal(last.standing, 'trusted')
  })

  const counts = measure === 'rss' ? 'does not count' : 'counts'
  test(`${measure} over its limit ${counts} against a worker alone, and against the one of its pool`, () => {
    const expected = measure === 'rss' ? 'none' : 'replace'
    for (const siblings of [[], [{}, {}, { [measure]: value }]]) {
      const { orders } = play(Array.from({ length: 3 }, () => pressed({ [measure]: value }, siblings)))
      assert.deepEqual(orders, ['none', 'none', expected], JSON.stringify(siblings))
    }
  })

  const replaced = measure === 'heap' ? 'is the worker’s own all the same' : 'has nobody replaced'
  test(`${measure} over its limit in the whole pool ${replaced}`, () => {
    const siblings = [{ [measure]: value }, { [measure]: value }]
    const { orders } = play(Array.from({ length: 10 }, () => pressed({ [measure]: value }, siblings)))
    assert.equal(
      orders.some((order) => order === 'replace'),
      measure === 'heap',
    )
  })

  test(`${measure} is not looked at when it was not measured`, () => {
    assert.equal(play([pressed({ [measure]: null })]).last.verdict.kind, 'ok')
  })
}

test('every limit of 0 turns its check off', () => {
  const off = { ...spec, maxELU: 0, maxHeapUsed: 0, maxEventLoopDelayMs: 0, maxResponseTimeMs: 0, maxRssBytes: 0 }
  const all = { elu: 1, heap: 1, cpu: 1, delay: 1e6, response: 1e6, rss: 1e12 }
  assert.equal(assess(FIRST_ASSESSMENT, { ...pressed(all), cpuLimit: 0 }, off).after.verdict.kind, 'ok')
})

test('siblings without a measure are no company', () => {
  const { orders } = play(Array.from({ length: 3 }, () => pressed({ response: 700 }, [{ response: null }, { response: null }])))
  assert.equal(orders.at(-1), 'replace')
})

test('nobody is judged in the grace period', () => {
  const { orders, last } = play(
    Array.from({ length: 5 }, () => ({ ...pressed({ elu: 1, heap: 1 }), evidence: [MISSED], readyForMs: 1000 })),
  )
  assert.ok(orders.every((order) => order === 'none'))
  assert.equal(last.verdict.kind, 'grace')
})

test('bad checks count in a row only', () => {
  const bad = pressed({ elu: 1 })
  assert.ok(play([bad, bad, sample(), bad, bad]).orders.every((order) => order === 'none'))
})

for (const evidence of [
  MISSED,
  { measure: 'stuck', limit: 250, value: 900 },
  { measure: 'check', limit: 1000, value: 12, detail: '503' },
  { measure: 'transport', limit: 0, value: 1 },
] satisfies Finding[]) {
  test(`evidence of ${evidence.measure} makes a worker suspect, and unhealthy when it goes on`, () => {
    const bad = sample({ evidence: [evidence] })
    const once = play([bad])
    assert.deepEqual(once.last, { verdict: { kind: 'suspect', ...evidence }, badChecks: 1, goodChecks: 0, standing: 'suspect' })
    const { orders, last } = play([bad, bad, bad])
    assert.deepEqual(orders, ['none', 'none', 'replace'])
    assert.deepEqual(last.verdict, { kind: 'unhealthy', ...evidence })
  })
}

test('a doubted worker is trusted after two good checks in a row, whose verdict it then gets', () => {
  const bad = sample({ evidence: [MISSED] })
  assert.equal(play([bad, sample()]).last.standing, 'suspect')
  assert.equal(play([bad, sample()]).last.verdict.kind, 'suspect')
  assert.deepEqual(play([bad, sample(), sample()]).last, { ...FIRST_ASSESSMENT, verdict: { kind: 'ok' } })
  assert.equal(play([bad, sample(), bad, sample()]).last.standing, 'suspect')
})

test('load that the whole pool bears does not keep a doubted worker out', () => {
  const busy = pressed({ elu: 1 }, [{ elu: 1 }])
  assert.equal(play([sample({ evidence: [MISSED] }), busy, busy]).last.standing, 'trusted')
})

test('silence makes a worker blocked at once, also in grace, and has it killed when it has lasted', () => {
  const { after, order } = assessSilence(FIRST_ASSESSMENT, 1000, spec)
  assert.deepEqual(after.verdict, { kind: 'blocked', measure: 'ping', limit: 15_000, value: 1000 })
  assert.deepEqual([after.standing, order], ['blocked', 'none'])
  assert.equal(assessSilence(after, 14_999, spec).order, 'none')
  assert.equal(assessSilence(after, 15_000, spec).order, 'kill')
})

test('a blocked worker that answers is suspect until its checks are good', () => {
  const blocked = assessSilence(FIRST_ASSESSMENT, 3000, spec).after
  const back = assessReturn(blocked, MISSED)
  assert.deepEqual([back.verdict.kind, back.standing], ['suspect', 'suspect'])
  assert.equal(play([sample(), sample()], back).last.standing, 'trusted')
  assert.equal(assessReturn(FIRST_ASSESSMENT, MISSED), FIRST_ASSESSMENT)
})

const STUCK: Finding = { measure: 'stuck', limit: 250, value: 900 }

const COMPANIES: readonly (readonly [string, 'pressed' | 'suspect', { elu: number; stuck: readonly boolean[] }])[] = [
  ['while the pool is', 'pressed', { elu: 1, stuck: [true, true] }],
  ['while half of its siblings are', 'pressed', { elu: 0.9, stuck: [true, false] }],
  ['alone', 'pressed', { elu: 1, stuck: [] }],
  ['while most of its siblings are not', 'suspect', { elu: 1, stuck: [true, false, false] }],
  ['with time to spare, whatever its siblings are', 'suspect', { elu: 0.89, stuck: [true, true] }],
]
for (const [when, kind, company] of COMPANIES) {
  test(`a worker that is stuck ${when} is ${kind}`, () => {
    const { orders, last } = play(Array.from({ length: 3 }, () => sample({ evidence: [STUCK], company: () => company })))
    const expected = kind === 'pressed' ? { kind, ...STUCK } : { kind: 'unhealthy', ...STUCK }
    assert.deepEqual(last.verdict, expected)
    assert.deepEqual([last.standing, orders.at(-1)], kind === 'pressed' ? ['trusted', 'none'] : ['suspect', 'replace'])
  })
}

test('a worker that is stuck under load and fails its check is suspect for the check', () => {
  const check: Finding = { measure: 'check', limit: 1000, value: 12, detail: '503' }
  const { last } = play([sample({ evidence: [STUCK, check], company: () => ({ elu: 1, stuck: [true] }) })])
  assert.deepEqual(last.verdict, { kind: 'suspect', ...check })
})

const share = fc.double({ min: 0, max: 1.2, noNaN: true })
const readings = fc.record<Readings>({
  elu: fc.option(share),
  heap: fc.option(share),
  cpu: fc.option(share),
  delay: fc.option(fc.integer({ min: 0, max: 300 })),
  response: fc.option(fc.integer({ min: 0, max: 1000 })),
  rss: fc.option(fc.integer({ min: 0, max: 2000 })),
})
const anySample = fc.record({
  readings,
  siblings: fc.array(readings, { maxLength: 4 }).map((all) => () => all),
  cpuLimit: fc.constantFrom(0, 0.5),
  evidence: fc.array(fc.constant(MISSED), { maxLength: 1 }),
  company: fc.constant(ALONE),
  readyForMs: fc.integer({ min: 0, max: 100_000 }),
})

test('law: only evidence takes a worker out of rotation, and pressure never does', () => {
  fc.assert(
    fc.property(fc.array(anySample, { maxLength: 20 }), (samples) => {
      const { last } = play(samples.map((one) => ({ ...one, evidence: [] })))
      assert.equal(last.standing, 'trusted')
    }),
  )
})

test('law: a replacement comes after exactly so many bad checks in a row, and names what was found', () => {
  fc.assert(
    fc.property(fc.array(anySample, { maxLength: 30 }), (samples) => {
      let before = FIRST_ASSESSMENT
      for (const one of samples) {
        const { after, order } = assess(before, one, spec)
        assert.ok(after.badChecks === 0 || after.badChecks === before.badChecks + 1)
        assert.equal(order === 'replace', after.badChecks >= spec.maxUnhealthyChecks)
        if (order === 'replace') assert.equal(after.verdict.kind, 'unhealthy')
        if ('measure' in after.verdict && after.verdict.measure !== 'ping') assert.ok(after.verdict.value > after.verdict.limit)
        if (one.readyForMs < spec.gracePeriodMs) assert.equal(order, 'none')
        before = after
      }
    }),
  )
})

test('law: with every worker as pressed as the others, and no full heap, nobody is replaced', () => {
  fc.assert(
    fc.property(readings, fc.integer({ min: 1, max: 5 }), (same, others) => {
      const one = sample({ readings: { ...same, heap: 0.5 }, siblings: Array.from({ length: others }, () => same) })
      assert.ok(play(Array.from({ length: 6 }, () => one)).orders.every((order) => order === 'none'))
    }),
  )
})

test('judgeMemory recycles below the limit, terminates at it, holds Buffers to it too, and looks more often as it nears', () => {
  const judge = (heapUsedBytes: number, externalBytes = 0) => {
    const { order, nextInMs } = judgeMemory({ heapUsedBytes, externalBytes, heapLimitBytes: 1e9 }, 100)
    return [order, nextInMs]
  }
  assert.deepEqual(judge(50), ['none', 1000])
  assert.deepEqual(judge(75), ['none', 100])
  assert.deepEqual(judge(85), ['recycle', 100])
  assert.deepEqual(judge(60, 60), ['none', 1000])
  assert.deepEqual(judge(40, 85), ['recycle', 100])
  assert.deepEqual(judge(100), ['terminate', 100])
})
