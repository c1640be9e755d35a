import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceId } from '../../src/model/ids.ts'
import { mergeEnvironment } from '../../src/pool/environment.ts'

const worker = { service: serviceId('auth'), slot: 2, generation: 7 }

test('mergeEnvironment lets the runtime file win over the real environment, and that over the files', () => {
  const env = mergeEnvironment({
    worker,
    mode: 'start',
    real: { A: 'real', B: 'real' },
    files: [
      { A: 'weak', B: 'weak', C: 'weak', D: 'weak' },
      { C: 'strong', A: 'strong' },
    ],
    configured: { A: 'configured' },
  })
  assert.equal(`${env['A']} ${env['B']} ${env['C']} ${env['D']}`, 'configured real strong weak')
})

test('mergeEnvironment tells the worker who it is, whatever the environment says', () => {
  const env = mergeEnvironment({ worker, mode: 'dev', real: { MESHRT_SERVICE: 'other' }, files: [], configured: { MESHRT_SLOT: '9' } })
  assert.deepEqual([env['MESHRT_SERVICE'], env['MESHRT_SLOT'], env['MESHRT_GENERATION'], env['MESHRT_MODE']], ['auth', '2', '7', 'dev'])
})

test('mergeEnvironment sets NODE_ENV to production in start unless somebody has set it', () => {
  assert.equal(mergeEnvironment({ worker, mode: 'start', real: {}, files: [], configured: {} })['NODE_ENV'], 'production')
  assert.equal(mergeEnvironment({ worker, mode: 'start', real: { NODE_ENV: 'test' }, files: [], configured: {} })['NODE_ENV'], 'test')
  assert.equal(mergeEnvironment({ worker, mode: 'dev', real: {}, files: [], configured: {} })['NODE_ENV'], undefined)
})
