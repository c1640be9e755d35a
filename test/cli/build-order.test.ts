import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildOrder } from '../../src/cli/build-order.ts'
import { serviceId } from '../../src/model/ids.ts'
import { serviceSpec } from '../support/specs.ts'

test('buildOrder puts each service after all that it depends on, and keeps the order of the file otherwise', () => {
  const service = (id: string, ...dependsOn: string[]) =>
    serviceSpec({ id: serviceId(id), dependsOn: dependsOn.map((needed) => ({ service: serviceId(needed), condition: 'ready' })) })
  const services = [service('web', 'auth', 'mail'), service('mail', 'db'), service('auth'), service('db', 'gone')]
  assert.deepEqual(
    buildOrder(services).map(({ id }) => id),
    ['auth', 'db', 'mail', 'web'],
  )
})
