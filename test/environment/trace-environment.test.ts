import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceId } from '../../src/model/ids.ts'
import { identityOf, mergeEnvironment, traceEnvironment, type EnvironmentSources } from '../../src/environment/trace-environment.ts'

const worker = { service: serviceId('auth'), slot: 2, generation: 7 }

function sources(overrides: Partial<EnvironmentSources> = {}): EnvironmentSources {
  const nothing = { runtime: {}, service: {} }
  return { configured: nothing, real: {}, files: nothing, mode: 'start', nodeOptions: '', identity: {}, ...overrides }
}

test('traceEnvironment says for every layer what it gives and what it wins over, the strongest first', () => {
  const layers = sources({
    identity: { A: '1' },
    configured: { service: { A: '2', B: '2' }, runtime: { A: '3', B: '3', C: '3' } },
    real: { A: '4', B: '4', C: '4', D: '4' },
    files: { service: { A: '5', B: '5', C: '5', D: '5', E: '5' }, runtime: { A: '6', B: '6', C: '6', D: '6', E: '6', F: '6' } },
  })
  assert.deepEqual(
    traceEnvironment(layers).map(({ name, value, origin, overrides }) => [
      `${name}=${value} ${origin}`,
      overrides.map((one) => one.value).join(''),
    ]),
    [
      ['A=1 identity', '23456'],
      ['B=2 service env', '3456'],
      ['C=3 runtime env', '456'],
      ['D=4 environment', '56'],
      ['E=5 service envFile', '6'],
      ['F=6 runtime envFile', ''],
      ['NODE_ENV=production default', ''],
    ],
  )
})

test('mergeEnvironment is what traceEnvironment says', () => {
  const layers = sources({ configured: { service: { A: 'own' }, runtime: { A: 'shared', B: '' } }, real: { A: 'real', C: undefined } })
  assert.deepEqual(mergeEnvironment(layers), { A: 'own', B: '', NODE_ENV: 'production' })
})

test('mergeEnvironment tells the worker who it is, whatever the environment says', () => {
  const configured = { runtime: {}, service: { MESHRT_SLOT: '9' } }
  const env = mergeEnvironment(sources({ mode: 'dev', real: { MESHRT_SERVICE: 'other' }, configured, identity: identityOf(worker, 'dev') }))
  assert.deepEqual(env, { MESHRT_SERVICE: 'auth', MESHRT_SLOT: '2', MESHRT_GENERATION: '7', MESHRT_MODE: 'dev' })
})

test('mergeEnvironment sets NODE_ENV to production in start unless somebody has set it', () => {
  assert.equal(mergeEnvironment(sources())['NODE_ENV'], 'production')
  assert.equal(mergeEnvironment(sources({ real: { NODE_ENV: 'test' } }))['NODE_ENV'], 'test')
  assert.equal(mergeEnvironment(sources({ files: { runtime: { NODE_ENV: 'staging' }, service: {} } }))['NODE_ENV'], 'staging')
  assert.equal(mergeEnvironment(sources({ mode: 'dev' }))['NODE_ENV'], undefined)
})

test('traceEnvironment adds nodeOptions to the NODE_OPTIONS that would be there without them', () => {
  const one = sources({ real: { NODE_OPTIONS: '--no-warnings' }, nodeOptions: '--enable-source-maps' })
  const [variable] = traceEnvironment(one)
  assert.deepEqual(variable, {
    name: 'NODE_OPTIONS',
    value: '--no-warnings --enable-source-maps',
    origin: 'nodeOptions',
    overrides: [{ origin: 'environment', value: '--no-warnings' }],
  })
  assert.equal(mergeEnvironment(sources({ nodeOptions: '--no-warnings' }))['NODE_OPTIONS'], '--no-warnings')
})
