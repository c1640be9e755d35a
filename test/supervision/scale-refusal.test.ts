import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { scaleRefusal, type ScaleLimits } from '../../src/supervision/scale-refusal.ts'
import { serviceSpec } from '../support/specs.ts'

const NO_LIMITS: ScaleLimits = { mode: 'start', maxWorkers: Number.POSITIVE_INFINITY }
const plain = serviceSpec()

describe('scaleRefusal', () => {
  test('lets a service have any whole number of workers from 1 to 1024', () => {
    for (const workers of [1, 2, 1024]) assert.equal(scaleRefusal(plain, workers, NO_LIMITS), null)
    for (const workers of [0, -1, 1.5, Number.NaN, 1025])
      assert.equal(scaleRefusal(plain, workers, NO_LIMITS), 'a service has from 1 to 1024 workers')
  })

  test('lets nobody scale a oneshot, nor anything in dev', () => {
    assert.equal(scaleRefusal({ ...plain, type: 'oneshot' }, 2, NO_LIMITS), 'a oneshot has one worker, which runs to its end')
    assert.equal(scaleRefusal(plain, 2, { ...NO_LIMITS, mode: 'dev' }), 'in `dev` every service has one worker')
  })

  test('lets the entrypoint have as many workers as can listen on its port', () => {
    assert.equal(scaleRefusal(plain, 1, { ...NO_LIMITS, maxWorkers: 1 }), null)
    const refusal = 'on this platform 1 worker can listen on the port of the entrypoint'
    assert.equal(scaleRefusal(plain, 2, { ...NO_LIMITS, maxWorkers: 1 }), refusal)
  })

  test('lets a service that follows its load have from min to max workers', () => {
    const ranged = { ...plain, scaling: { min: 2, max: 5, targetELU: 0.7, tolerance: 0.1, stabiliseMs: 0, cooldownMs: 0 } }
    for (const workers of [2, 5]) assert.equal(scaleRefusal(ranged, workers, NO_LIMITS), null)
    for (const workers of [1, 6]) assert.equal(scaleRefusal(ranged, workers, NO_LIMITS), '`workers` of "auth" is from 2 to 5')
  })
})
