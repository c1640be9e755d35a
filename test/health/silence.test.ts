import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hadRoom, HostLoad } from '../../src/health/host-load.ts'
import { OwnTime } from '../../src/health/own-time.ts'
import { outOfRotation } from '../../src/health/rotation.ts'
import type { Standing } from '../../src/health/assessment.ts'
import { NO_SILENCE, prolong, type Stretch } from '../../src/health/silence.ts'

function counted(stretches: readonly Partial<Stretch>[]): number {
  const whole = stretches.map((one): Stretch => ({ wallMs: 1000, roomy: false, cpuMs: 0, mutedMs: 0, ...one }))
  return whole.reduce(prolong, NO_SILENCE).countedMs
}

test('where there is CPU time to spare, silence counts as it is', () => {
  assert.equal(counted([{ roomy: true }, { roomy: true, cpuMs: 3 }]), 2000)
})

test('on a crowded machine silence counts by the CPU time that the worker had: starved is not blocked', () => {
  assert.equal(counted(Array.from({ length: 60 }, () => ({ cpuMs: 20 }))), 1200)
  assert.equal(counted([{ cpuMs: 1000 }, { cpuMs: 500 }]), 1500)
})

test('a worker that does not even tell its CPU time for seconds sits in a native call: silence counts as it is', () => {
  assert.equal(counted([{ mutedMs: 1000 }, { mutedMs: 4999 }]), 0)
  assert.equal(counted([{ mutedMs: 5000 }, { mutedMs: 6000 }]), 2000)
})

test('where the CPU time of a worker is not known, crowded time counts a quarter', () => {
  assert.equal(counted([{ cpuMs: null }]), 250)
})

test('law: silence never counts for more than it lasted, and only grows', () => {
  const stretch = fc.record({ wallMs: fc.nat(5000), roomy: fc.boolean(), cpuMs: fc.option(fc.nat(9000)), mutedMs: fc.nat(10_000) })
  fc.assert(
    fc.property(fc.array(stretch), (stretches) => {
      let silence = NO_SILENCE
      for (const one of stretches) {
        const next = prolong(silence, one)
        assert.ok(next.countedMs >= silence.countedMs && next.countedMs <= next.wallMs)
        silence = next
      }
    }),
  )
})

test('OwnTime leaves out what the main thread stood still, and has nobody judged right after it', () => {
  const time = new OwnTime()
  time.plan(1000)
  assert.equal(time.arrive(1030), false)
  assert.equal(time.at(1030), 1030)
  time.plan(2000)
  assert.equal(time.arrive(7000), true)
  assert.equal(time.at(7000), 2000)
})

test('OwnTime of a main thread that is always late still has workers judged', () => {
  const time = new OwnTime()
  const judged = [1, 2, 3, 4, 5].map((n) => {
    time.plan(n * 1000)
    return !time.arrive(n * 1000 + 300)
  })
  assert.deepEqual(judged, [false, true, true, true, true])
})

test('suspects are out of rotation while at least half of the workers remain, blocked ones always', () => {
  const out = (...standings: Standing[]) => [...outOfRotation(new Map(standings.map((one, i) => [i, one])))]
  assert.deepEqual(out('trusted', 'suspect'), [1])
  assert.deepEqual(out('trusted', 'suspect', 'suspect'), [])
  assert.deepEqual(out('trusted', 'blocked', 'suspect'), [1])
  assert.deepEqual(out('trusted', 'trusted', 'blocked', 'suspect'), [2, 3])
  assert.deepEqual(out('suspect'), [])
  assert.deepEqual(out('blocked'), [0])
})

test('law: suspicion alone never leaves fewer than half of a pool, nor nobody', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom<Standing>('trusted', 'suspect'), { minLength: 1, maxLength: 12 }), (pool) => {
      const left = pool.length - outOfRotation(new Map(pool.map((one, i) => [i, one]))).size
      assert.ok(left > 0 && left * 2 >= pool.length)
    }),
  )
})

test('HostLoad finds a machine crowded when hardly any time was idle, and roomy when it is not told', () => {
  const times = [
    { idle: 0, total: 0 },
    { idle: 10, total: 1000 },
    { idle: 500, total: 2000 },
    { idle: 500, total: 2000 },
  ]
  const host = new HostLoad(() => ({ atMs: 0, cpus: times.shift() ?? { idle: 0, total: 0 }, throttledMs: 0 }))
  assert.deepEqual([host.wasRoomy(), host.wasRoomy(), host.wasRoomy()], [false, true, true])
})

test('a process that was held back to its share of CPU had no room, however idle the machine is', () => {
  const idle = (seconds: number, throttledMs: number) => ({
    atMs: 1000 * seconds,
    cpus: { idle: 31_000 * seconds, total: 32_000 * seconds },
    throttledMs,
  })
  assert.equal(hadRoom(idle(1, 700), idle(2, 1300)), false)
  assert.equal(hadRoom(idle(1, 700), idle(2, 720)), true)
  assert.equal(hadRoom(idle(1, 700), idle(2, 700)), true)
})
