import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { describeSpec } from '../../src/config/describe-spec.ts'
import { serviceId } from '../../src/model/ids.ts'
import { isEmptyPlan } from '../../src/model/reload.ts'
import type { RuntimeSpec, ServiceSpec } from '../../src/model/spec.ts'
import { needingRestart, planReload, sizeAfter } from '../../src/supervision/reload-plan.ts'
import { runtimeSpec, serviceSpec } from '../support/specs.ts'

function service(id: string, overrides: Partial<ServiceSpec> = {}): ServiceSpec {
  return serviceSpec({ id: serviceId(id), ...overrides })
}

function planOf(before: RuntimeSpec, after: RuntimeSpec) {
  const described = (spec: RuntimeSpec) => ({ spec, description: describeSpec(spec, { secrets: 'shown' }) })
  return planReload(described(before), described(after))
}

function plan(before: readonly ServiceSpec[], after: readonly ServiceSpec[]) {
  return planOf(runtimeSpec(before), runtimeSpec(after))
}

/** `~ auth! env.LEVEL`, where `!` is a roll. */
function short({ runtime, steps, unchanged }: ReturnType<typeof plan>): readonly string[] {
  const own = runtime.map(({ key }) => key)
  return [
    ...(own.length > 0 ? [`~ runtime ${own.join(' ')}`] : []),
    ...steps.map((step) => {
      if (step.kind !== 'changed') return `${step.kind === 'added' ? '+' : '-'} ${step.service}`
      return [`~ ${step.service}${step.roll ? '!' : ''}`, ...step.changes.map(({ key }) => key)].join(' ')
    }),
    ...unchanged.map((id) => `= ${id}`),
  ]
}

const env = (values: Readonly<Record<string, string>>) => ({ env: { runtime: {}, service: values } })
const on = (...ids: readonly string[]) => ({ dependsOn: ids.map((id) => ({ service: serviceId(id), condition: 'ready' as const })) })

describe('planReload', () => {
  test('of the same spec is empty', () => {
    const same = plan([service('auth')], [service('auth')])
    assert.ok(isEmptyPlan(same))
    assert.deepEqual(short(same), ['= auth'])
  })

  test('names the keys as the file has them, with both values in its words', () => {
    const { steps } = plan([service('auth')], [service('auth', { startTimeoutMs: 90_000, limits: { heapBytes: 64 * 1024 * 1024, youngGenerationBytes: null, stackBytes: null, cpu: 0 } })]) // prettier-ignore
    assert.deepEqual(steps, [
      {
        kind: 'changed',
        service: 'auth',
        roll: true,
        changes: [
          { key: 'limits.heap', after: '64mb', effect: 'roll' },
          { key: 'startTimeout', before: '30s', after: '90s', effect: 'live' },
        ],
      },
    ])
  })

  test('touches no worker for what can hold at once', () => {
    const rollout = { maxSurge: 2, maxUnavailable: 0, settleMs: 0 }
    assert.deepEqual(short(plan([service('auth')], [service('auth', { rollout, workers: 4 })])), ['~ auth workers rollout.maxSurge'])
  })

  test('adds what others depend on before them, and removes those that depend on others first', () => {
    const before = [service('old', on('older')), service('older'), service('web')]
    const after = [service('web', on('auth')), service('auth', on('db')), service('db')]
    assert.deepEqual(short(plan(before, after)), ['+ db', '+ auth', '~ web dependsOn.auth', '- old', '- older'])
  })

  test('rolls every service that a key of the runtime concerns', () => {
    const before = [
      service('auth'),
      service('far', { source: { kind: 'remote', url: 'http://far.example' } }),
      service('tool', { source: { kind: 'command', argv: ['tool'] } }),
      service('migrate', { type: 'oneshot' }),
    ]
    const slow = runtimeSpec(before, { mesh: { ...runtimeSpec([]).mesh, stuckAfterMs: 1000 } })
    assert.deepEqual(short(planOf(runtimeSpec(before), slow)), ['~ runtime mesh.stuckAfter', '~ auth!', '~ migrate', '= far', '= tool'])
    const louder = before.map((one) => ({ ...one, env: { runtime: { LEVEL: 'debug' }, service: {} } }))
    assert.deepEqual(short(plan(before, louder)), ['~ runtime env.LEVEL', '~ auth!', '~ tool!', '~ migrate', '= far'])
  })

  test('sees that a secret has changed, and shows neither value', () => {
    const secrets = (value: string) => [
      service('auth', {
        ...env({ API_KEY: value, URL: `postgres://app:${value}@db/shop` }),
        config: { oauth: { clientSecret: value, id: 1 } },
      }),
    ]
    const changed = plan(secrets('one'), secrets('two'))
    assert.deepEqual(short(changed), ['~ auth! env.API_KEY env.URL config.oauth.clientSecret'])
    assert.ok(!/one|two/.test(JSON.stringify(changed)), JSON.stringify(changed))
  })

  test('hides no value of a key of meshrt itself, whatever the services are called', () => {
    const [step] = plan([service('web'), service('auth')], [service('web', on('auth')), service('auth')]).steps
    assert.deepEqual(step?.kind === 'changed' && step.changes, [{ key: 'dependsOn.auth', after: 'ready', effect: 'live' }])
  })

  test('names everything that needs a new start, and does not plan around it', () => {
    const before = runtimeSpec([service('auth')])
    const after = { ...before, name: 'other', server: { hostname: '127.0.0.1', port: 80 }, shutdownMs: 1 }
    assert.deepEqual(
      needingRestart(planOf(before, after)).map(({ key }) => key),
      ['name', 'server.port'],
    )
  })
})

const SIZES = [
  { name: 'stays as it was scaled when the file asks for the same', size: 5, before: 2, after: 2, is: 5 },
  { name: 'becomes what the file asks for now', size: 5, before: 2, after: 3, is: 3 },
  { name: 'stays within a range', size: 5, before: [1, 9], after: [2, 8], is: 5 },
  { name: 'is brought into a range', size: 5, before: 2, after: [1, 4], is: 4 },
  { name: 'is brought into a higher range', size: 1, before: [1, 4], after: [3, 4], is: 3 },
  { name: 'is what the file says after a range', size: 4, before: [2, 6], after: 2, is: 2 },
] as const

for (const { name, size, before, after, is } of SIZES) {
  test(`the number of workers ${name}`, () => {
    assert.equal(sizeAfter(size, { before: service('auth', numbered(before)), after: service('auth', numbered(after)) }), is)
  })
}

function numbered(workers: number | readonly [number, number]): Pick<ServiceSpec, 'workers' | 'scaling'> {
  if (typeof workers === 'number') return { workers, scaling: null }
  const [min, max] = workers
  return { workers: min, scaling: { min, max, targetELU: 0.7, tolerance: 0.1, stabiliseMs: 0, cooldownMs: 0 } }
}

const IDS = ['a', 'b', 'c', 'd', 'e']

interface Choice {
  readonly level: number
  readonly workers: number
  readonly edges: readonly string[]
}

/** Any services, each depending on some of those before it, in any order. */
const anySpec = fc
  .tuple(
    fc.subarray(IDS),
    fc.infiniteStream(
      fc.record({ level: fc.integer({ min: 0, max: 2 }), workers: fc.integer({ min: 1, max: 2 }), edges: fc.subarray(IDS) }),
    ),
  )
  .chain(([ids, choices]) => {
    const services = ids.map((id, at) => {
      const { level, workers, edges }: Choice = choices.next().value
      return service(id, {
        workers,
        ...env({ LEVEL: String(level) }),
        ...on(...edges.filter((edge) => ids.indexOf(edge) >= 0 && ids.indexOf(edge) < at)),
      })
    })
    return fc.shuffledSubarray(services, { minLength: services.length }).map((shuffled) => runtimeSpec(shuffled))
  })

test('law: carried out step by step, a plan leads from one spec to the other, and never past an unmet dependency', () => {
  fc.assert(
    fc.property(anySpec, anySpec, (before, after) => {
      const running = new Map(before.services.map((one) => [one.id, one]))
      const { steps, unchanged } = planOf(before, after)
      for (const step of steps) {
        const next = after.services.find(({ id }) => id === step.service)
        assert.equal(running.has(step.service), step.kind !== 'added')
        if (step.kind === 'removed') {
          running.delete(step.service)
          for (const one of running.values())
            assert.ok(
              one.dependsOn.every((edge) => edge.service !== step.service),
              'somebody needs it',
            )
        } else {
          assert.ok(next)
          for (const edge of next.dependsOn) assert.ok(running.has(edge.service), `${edge.service} comes too late for ${step.service}`)
          running.set(step.service, next)
        }
      }
      assert.deepEqual(new Set(running.values()), new Set(after.services))
      assert.equal(steps.length + unchanged.length, new Set([...before.services, ...after.services].map(({ id }) => id)).size)
    }),
  )
})

test('law: the plan back undoes a plan', () => {
  fc.assert(
    fc.property(anySpec, anySpec, (before, after) => {
      const there = planOf(before, after).steps
      const back = planOf(after, before).steps
      const ids = (kind: string, steps: typeof there) => new Set(steps.filter((step) => step.kind === kind).map((step) => step.service))
      assert.deepEqual(ids('added', there), ids('removed', back))
      assert.deepEqual(ids('removed', there), ids('added', back))
      assert.deepEqual(ids('changed', there), ids('changed', back))
    }),
  )
})
