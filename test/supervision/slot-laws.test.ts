import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { NO_HISTORY } from '../../src/supervision/restart-decision.ts'
import type { SlotAction, SlotEvent } from '../../src/supervision/slot.ts'
import { SlotDriver } from './slot-driver.ts'

type Order = 'route' | 'unroute' | 'drain' | 'stop' | 'terminate'

/** The workers of one slot as its orders imply them, checking every order against the laws. */
class Shadow {
  readonly live = new Set<number>()
  readonly terminated = new Set<number>()
  /** Workers whose module has loaded: what may be routed. */
  readonly loaded = new Set<number>()
  readonly routed = new Set<number>()
  #highest = 0
  readonly #orders = new Map<number, Order[]>()

  apply(action: SlotAction, driver: SlotDriver): void {
    if (action.type === 'launch') return this.#launch(action.worker.generation)
    if (!('worker' in action)) return
    const { generation } = action.worker
    const orders = this.#orders.get(generation) ?? []
    this.#orders.set(generation, [...orders, action.type])
    if (action.type === 'route') {
      assert.ok(this.loaded.has(generation), 'nothing is routed before it has loaded')
      this.routed.add(generation)
    }
    if (action.type === 'unroute') this.routed.delete(generation)
    if (action.type === 'terminate') this.terminated.add(generation)
    if (action.type === 'drain') assert.ok(orders.includes('unroute'), 'unrouted before drained')
    if (action.type === 'stop') assert.ok(orders.includes('drain'), 'drained before stopped')
    if (action.type === 'route') assert.ok(!orders.includes('unroute'), 'never routed again')
    assert.ok(driver.slot.generation >= generation)
  }

  #launch(generation: number): void {
    assert.ok(generation > this.#highest, 'generations strictly increase')
    this.#highest = generation
    this.live.add(generation)
  }
}

type Move = { readonly kind: SlotEvent['type']; readonly pick: number; readonly code: number }

const moves = fc.array(
  fc.record<Move>({
    // The usual course of a worker comes more often, or the walks would hardly leave the beginning.
    kind: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom<SlotEvent['type'][]>('start', 'loaded', 'routed', 'unrouted', 'drained', 'exited', 'timer') },
      { weight: 1, arbitrary: fc.constantFrom<SlotEvent['type'][]>('replace', 'stop', 'kill', 'load-failed', 'abandoned') },
    ),
    pick: fc.constantFrom(0, 0, 0, 1, 2),
    code: fc.constantFrom(0, 1),
  }),
  // As long as it says: by default fast-check plays ten moves, which hardly get a worker to leave.
  { maxLength: 80, size: 'max' },
)

/** Only workers that live can exit, and only terminated ones are given up; everything else may come at any time. */
function toEvent(move: Move, { driver, shadow }: { driver: SlotDriver; shadow: Shadow }): SlotEvent | null {
  const generation = Math.max(1, driver.slot.generation - move.pick)
  switch (move.kind) {
    case 'start':
      return { type: 'start' }
    case 'replace':
      return { type: 'replace', reason: move.code === 0 ? 'restart' : 'changed', order: move.pick === 1 ? 'drain-first' : 'surge' }
    case 'stop':
      return { type: 'stop', deadlineMs: 1000, idleMs: null }
    case 'kill':
      return { type: 'kill', generation, reason: 'blocked' }
    case 'loaded':
      return { type: 'loaded', generation, url: null }
    case 'load-failed':
      return { type: 'load-failed', generation, error: { name: 'Error', message: 'x' } }
    case 'routed':
      return { type: 'routed', generation }
    case 'unrouted':
      return { type: 'unrouted', generation }
    case 'drained':
      return { type: 'drained', generation, cut: { requests: move.code, upgraded: 0 } }
    case 'exited':
      return shadow.live.has(generation) ? { type: 'exited', generation, code: move.code, error: null } : null
    case 'abandoned':
      return shadow.terminated.has(generation) && shadow.live.has(generation) ? { type: 'abandoned', generation } : null
    case 'timer':
      return { type: 'timer', token: driver.slot.timer - Math.min(1, move.pick) }
  }
}

function play(
  events: readonly Move[],
  { isOneshot }: { readonly isOneshot: boolean } = { isOneshot: false },
): { driver: SlotDriver; shadow: Shadow; phases: ReadonlySet<string> } {
  const driver = new SlotDriver({ startAttempts: 2, maxAttempts: 1, policy: isOneshot ? 'on-failure' : 'always' }, { isOneshot })
  driver.settleMs = events.length % 2 === 0 ? 100 : 0
  const shadow = new Shadow()
  const phases = new Set<string>(['empty'])
  for (const move of events) {
    driver.nowMs += 50
    driver.siblingServes = move.code === 0
    const event = toEvent(move, { driver, shadow })
    if (event) step(event, { driver, shadow })
    phases.add(driver.slot.phase.kind)
  }
  return { driver, shadow, phases }
}

function step(event: SlotEvent, { driver, shadow }: { driver: SlotDriver; shadow: Shadow }): void {
  const given = driver.slot
  const before = given.phase.kind
  if (event.type === 'loaded' && shadow.live.has(event.generation)) shadow.loaded.add(event.generation)
  if (event.type === 'exited' || event.type === 'abandoned') shadow.live.delete(event.generation)
  const actions = driver.send(event)
  if (actions.length === 0 && isDeepStrictEqual(driver.slot, given)) assert.equal(driver.slot, given, 'nothing changed: the very same slot')
  for (const action of actions) shadow.apply(action, driver)
  const after = driver.slot.phase.kind
  for (const generation of shadow.routed) assert.ok(shadow.live.has(generation), 'what has ended is not routed any more')
  assert.ok(shadow.live.size <= 2, 'at most two live workers')
  if (shadow.live.size === 2) assert.ok(after === 'replacing' || after === 'draining', `two live workers in ${after}`)
  if (['empty', 'backoff', 'stopped', 'completed', 'quarantined'].includes(after))
    assert.equal(shadow.live.size, 0, `a live worker in ${after}`)
  if (before === 'quarantined' && after === 'starting' && event.type === 'timer') assertProbe(driver)
  if (before === 'stopped' && after !== 'stopped') assert.ok(['start', 'replace'].includes(event.type), 'stopped until an operator says so')
  if (before === 'quarantined' && after !== 'quarantined') assert.ok(['start', 'replace', 'stop', 'timer'].includes(event.type))
}

for (const isOneshot of [false, true]) {
  test(`stepSlot keeps the laws of a slot of a ${isOneshot ? 'oneshot' : 'service'} whatever happens in whatever order`, () => {
    fc.assert(
      fc.property(moves, (events) => void play(events, { isOneshot })),
      { numRuns: 3000 },
    )
  })
}

test('stepSlot converges to stopped from any state, with every worker accounted for and nothing launched', () => {
  fc.assert(
    fc.property(moves, fc.boolean(), (events, isOneshot) => {
      const { driver, shadow } = play(events, { isOneshot })
      step({ type: 'stop', deadlineMs: 1000, idleMs: null }, { driver, shadow })
      const launched = driver.slot.generation
      step({ type: 'timer', token: driver.slot.timer }, { driver, shadow })
      for (const generation of shadow.live) step({ type: 'exited', generation, code: 1, error: null }, { driver, shadow })
      assert.equal(driver.slot.phase.kind, 'stopped')
      assert.equal(shadow.live.size, 0)
      assert.equal(driver.slot.generation, launched)
    }),
    { numRuns: 3000 },
  )
})

test('what was stopped in any state starts again as if nothing had been: its history is forgotten, its generations go on', () => {
  fc.assert(
    fc.property(moves, (events) => {
      const { driver, shadow } = play(events)
      step({ type: 'stop', deadlineMs: 0, idleMs: 0 }, { driver, shadow })
      step({ type: 'timer', token: driver.slot.timer }, { driver, shadow })
      for (const generation of shadow.live) step({ type: 'exited', generation, code: 0, error: null }, { driver, shadow })
      const before = driver.slot.generation
      step({ type: 'start' }, { driver, shadow })
      assert.deepEqual([...shadow.live], [before + 1])
      assert.deepEqual(driver.slot.history, NO_HISTORY)
      step({ type: 'loaded', generation: before + 1, url: null }, { driver, shadow })
      step({ type: 'routed', generation: before + 1 }, { driver, shadow })
      assert.equal(driver.slot.phase.kind, 'ready')
    }),
    { numRuns: 3000 },
  )
})

test('a stop bounds every worker that is leaving, whatever it was leaving for, and tells those that drain', () => {
  let hurried = 0
  fc.assert(
    fc.property(moves, (events) => {
      const { driver } = play(events)
      const actions = driver.send({ type: 'stop', deadlineMs: 1000, idleMs: 0 })
      const told = new Set(actions.flatMap((action) => (action.type === 'drain' ? [action.worker.generation] : [])))
      const { phase } = driver.slot
      for (const { worker, stage } of phase.kind === 'draining' ? phase.leaving : []) {
        if (!('deadlineAtMs' in stage)) continue
        assert.ok(stage.deadlineAtMs <= driver.nowMs + 1000 && stage.idleMs === 0)
        assert.equal(told.has(worker.generation), stage.kind === 'draining')
        if (stage.kind === 'draining') hurried++
      }
    }),
    { numRuns: 3000 },
  )
  assert.ok(hurried > 0, 'the walks meet workers that drain')
})

function assertProbe({ slot }: SlotDriver): void {
  assert.ok(slot.phase.kind === 'starting' && slot.phase.probe, 'only a probe leaves quarantine by itself')
}

for (const isOneshot of [false, true]) {
  test(`every wait of a ${isOneshot ? 'oneshot' : 'service'} is superseded by what comes later: a timer of the past changes nothing`, () => {
    fc.assert(
      fc.property(moves, fc.nat(1000), (events, pick) => {
        const { driver } = play(events, { isOneshot })
        const past = driver.slot.timer - 1 - (pick % Math.max(1, driver.slot.timer))
        const before = driver.slot
        assert.deepEqual(driver.send({ type: 'timer', token: past }), [])
        assert.equal(driver.slot, before)
      }),
      { numRuns: 1000 },
    )
  })
}

test('stepSlot does not write to the slot that it is given', () => {
  const driver = SlotDriver.ready()
  const frozen = Object.freeze({ ...driver.slot, phase: Object.freeze(driver.slot.phase), history: Object.freeze(driver.slot.history) })
  driver.slot = frozen
  assert.doesNotThrow(() => driver.send({ type: 'replace', reason: 'restart' }))
})

test('the random walks above come through every phase, so that the laws are held by something', () => {
  const visited = new Set(
    fc.sample(moves, { numRuns: 2000, seed: 1 }).flatMap((events) => [...play(events).phases, ...play(events, { isOneshot: true }).phases]),
  )
  const all = ['empty', 'starting', 'ready', 'replacing', 'draining', 'backoff', 'stopped', 'completed', 'quarantined']
  assert.deepEqual([...visited].sort(), all.sort())
})
