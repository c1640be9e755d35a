import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Goal } from '../../src/cli/readiness.ts'
import { leftBefore, waitUntil } from '../../src/cli/wait-until.ts'
import { ControlClient } from '../../src/control/client.ts'
import { exitCodeOf } from '../../src/errors/meshrt-error.ts'
import { serviceId } from '../../src/model/ids.ts'
import { exampleView } from '../control/example-view.ts'
import { openFake, scratch, until } from '../control/scratch.ts'
import { startCli } from '../support/cli.ts'
import { cli, openChild } from './run-cli.ts'

const NEVER = { late: new Promise<never>(() => {}), signal: new AbortController().signal, waitMs: 1000 }
const READY: Goal = { condition: 'ready', services: [] }

test('waitUntil ends when the runtime has, with the failure that ended it', async (t) => {
  for (const reason of ['failed', 'command'] as const) {
    const { control, port } = await openFake(t, scratch(t))
    const heard: string[] = []
    const client = new ControlClient(control.socket)
    const waiting = waitUntil(client, { ...NEVER, goal: READY, note: (text) => heard.push(text), hasLeft: () => true })
    port.emit({ type: 'service.failed', service: serviceId('auth'), error: { name: 'Error', message: 'no table' } })
    await until(() => heard.length > 0)
    port.emit({ type: 'runtime.stopping', reason })
    await control.close()
    const end = await waiting
    if (end.kind !== 'left') assert.fail('it has left')
    const error = leftBefore(READY, end)
    assert.equal(error.message, 'Cannot wait until everything is ready: the runtime has ended')
    assert.equal(exitCodeOf(error), reason === 'failed' ? 1 : 3)
    assert.equal(end.failure?.message, reason === 'failed' ? 'no table' : undefined)
  }
})

test('waitUntil waits for the next runtime when there will be one', async (t) => {
  const place = scratch(t)
  const first = await openFake(t, place)
  let asked = 0
  const hasLeft = (): boolean => {
    asked += 1
    return false
  }
  const client = new ControlClient(first.control.socket)
  const waiting = waitUntil(client, { ...NEVER, goal: READY, note: () => {}, hasLeft })
  await first.control.close()
  await until(() => asked > 0)
  const second = await openFake(t, place)
  const { services, ...rest } = exampleView()
  second.port.current = { ...rest, services: services.map((service) => ({ ...service, state: 'running' })) }
  assert.equal((await waiting).kind, 'reached')
})

test('wait --for stopped is done when the runtime is stopped, and says for anything else that there is none', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const options = { cwd: place.project, runtimeDir: place.runtimeDir }
  const waits = ['stopped', 'completed'].map((condition) =>
    startCli(t, ['wait', ...(condition === 'completed' ? ['auth'] : []), '--for', condition], options),
  )
  await Promise.all(waits.map((wait) => wait.waitFor('auth: failed')))
  assert.equal((await cli(place, ['stop'])).code, 0)
  const [stopped, completed] = await Promise.all(waits.map((wait) => wait.ended()))
  assert.equal(stopped?.code, 0, stopped?.stderr)
  assert.match(stopped?.stdout ?? '', /^Everything: stopped/)
  assert.equal(completed?.code, 3, completed?.stderr)
  assert.match(completed?.stderr ?? '', /Cannot wait until auth is completed: the runtime has ended/)
})
