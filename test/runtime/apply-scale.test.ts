import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceId } from '../../src/model/ids.ts'
import { applyScale } from '../../src/runtime/apply-scale.ts'
import { runtimeSpec, serviceSpec } from '../support/specs.ts'

const spec = runtimeSpec([serviceSpec({ id: serviceId('auth') })])

test('applyScale gives services other numbers of workers, and refuses what it does not know', () => {
  assert.equal(applyScale(spec, new Map([['auth', 3]]), 'refused').services[0]?.workers, 3)
  assert.throws(() => applyScale(spec, new Map([['aut', 3]]), 'refused'), {
    code: 'MESHRT_UNKNOWN_SERVICE',
    message: /Did you mean "auth"/,
  })
})

test('applyScale for a runtime that reads its file again passes over services that are gone', () => {
  const scaled = applyScale(
    spec,
    new Map([
      ['auth', 3],
      ['legacy', 2],
    ]),
    'ignored',
  )
  assert.deepEqual(
    scaled.services.map(({ id, workers }) => [id, workers]),
    [['auth', 3]],
  )
})
