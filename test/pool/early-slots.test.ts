import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceId } from '../../src/model/ids.ts'
import type { ServiceSpec } from '../../src/model/spec.ts'
import { pickEarlySlots } from '../../src/pool/early-slots.ts'
import { runtimeSpec, serviceSpec } from '../support/specs.ts'

const service = (id: string, overrides: Partial<ServiceSpec> = {}): ServiceSpec => serviceSpec({ id: serviceId(id), ...overrides })

function picked(services: readonly ServiceSpec[], count: number): readonly string[] {
  return pickEarlySlots(runtimeSpec(services), count).map(({ service: { id }, slot }) => `${id}/${slot}`)
}

test('pickEarlySlots takes one worker of each service before a second one, and those last that wait for others', () => {
  const waiting = service('api', { workers: 2, dependsOn: [{ service: serviceId('auth'), condition: 'ready' }] })
  const services = [waiting, service('auth', { workers: 2 }), service('mail')]
  assert.deepEqual(picked(services, 10), ['auth/0', 'mail/0', 'auth/1', 'api/0', 'api/1'])
  assert.deepEqual(picked(services, 2), ['auth/0', 'mail/0'])
  assert.deepEqual(picked(services, 0), [])
  assert.deepEqual(picked([service('auth', { workers: 1000 })], 3), ['auth/0', 'auth/1', 'auth/2'])
})

test('pickEarlySlots passes over what is no plain thread: its start would run something of the service, or is another one', () => {
  const { node } = serviceSpec()
  const others: readonly Partial<ServiceSpec>[] = [
    { source: { kind: 'command', argv: ['sleep', '1'] } },
    { isolation: 'process' },
    { permissions: { read: [], write: [], childProcess: false, worker: false, addons: false, wasi: false, net: false } as never },
    { node: { ...node, execArgv: ['--import=./setup.js'] } },
    { typescript: 'tsx' },
  ]
  for (const other of others) assert.deepEqual(picked([service('auth', other)], 4), [], JSON.stringify(other))
})
