import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceId } from '../../src/model/ids.ts'
import { limitedServices, limitEntrypoint } from '../../src/runtime/limit-entrypoint.ts'
import { runtimeSpec, serviceSpec } from '../support/specs.ts'

const gateway = serviceSpec({ id: serviceId('gateway'), workers: 4 })
const auth = serviceSpec({ id: serviceId('auth'), workers: 4 })
const spec = runtimeSpec([gateway, auth], { entrypoint: gateway.id })

test('limitEntrypoint leaves the entrypoint one worker where workers cannot share a port, and says so', () => {
  const limited = limitEntrypoint(spec, 1)
  assert.deepEqual(
    limited.services.map(({ workers }) => workers),
    [1, 4],
  )
  assert.deepEqual(limitedServices(spec, limited), [{ type: 'service.limited', service: 'gateway', workers: 1, asked: 4 }])
})

test('limitEntrypoint changes nothing where workers share a port', () => {
  const limited = limitEntrypoint(spec, Number.POSITIVE_INFINITY)
  assert.deepEqual(limited, spec)
  assert.deepEqual(limitedServices(spec, limited), [])
})

test('limitEntrypoint takes away the range that would follow the load', () => {
  const scaling = { min: 1, max: 4, targetELU: 0.7, tolerance: 0.1, stabiliseMs: 0, cooldownMs: 0 }
  const ranged = runtimeSpec([serviceSpec({ id: gateway.id, scaling })], { entrypoint: gateway.id })
  const limited = limitEntrypoint(ranged, 1)
  assert.deepEqual(limited.services[0]?.scaling, null)
  assert.deepEqual(limitedServices(ranged, limited), [{ type: 'service.limited', service: 'gateway', workers: 1, asked: 4 }])
})
