import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ControlClient } from '../../src/control/client.ts'
import { serviceId } from '../../src/model/ids.ts'
import { openFake, scratch } from './scratch.ts'

test('logs and events are also there of a service or worker that is not, for as long as something of it is kept', async (t) => {
  const { control, port } = await openFake(t, scratch(t))
  const client = new ControlClient(control.socket)
  const past = { follow: false, tail: null }
  const logs = async (...targets: readonly string[]): Promise<readonly unknown[]> => {
    const texts: unknown[] = []
    await client.logs({ ...past, targets }, (line) => texts.push('text' in line ? line.text : line))
    return texts
  }
  const events = async (...targets: readonly string[]): Promise<readonly unknown[]> => {
    const types: unknown[] = []
    await client.events({ ...past, targets }, (line) => types.push('event' in line ? line.event.type : line))
    return types
  }
  await assert.rejects(logs('gone'), { code: 'MESHRT_UNKNOWN_SERVICE' })
  await assert.rejects(logs('auth/9'), { code: 'MESHRT_UNKNOWN_WORKER' })
  port.emit({ type: 'command.received', command: 'restart', target: 'never' })
  await assert.rejects(events('never'), { code: 'MESHRT_UNKNOWN_SERVICE' })
  port.write('last words', { service: 'gone' })
  port.write('of nine', { slot: 9 })
  port.emit({ type: 'service.stopped', service: serviceId('silent') })
  assert.deepEqual(await logs('gone', 'auth/9'), ['last words', 'of nine'])
  assert.deepEqual(await events('silent'), ['service.stopped'])
  await assert.rejects(logs('gone', 'never'), { code: 'MESHRT_UNKNOWN_SERVICE' })
  await assert.rejects(client.describe(serviceId('gone')), { code: 'MESHRT_UNKNOWN_SERVICE' })
})
