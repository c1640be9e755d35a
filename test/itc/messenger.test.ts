import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import type { RuntimeDialect, WorkerDialect } from '../../src/itc/dialects.ts'
import { Messenger, type Handlers } from '../../src/itc/messenger.ts'
import { hasMeshrtCode, MeshrtError } from '../../src/errors/meshrt-error.ts'
import { formatWorkerId, serviceId } from '../../src/model/ids.ts'
import type { MeshToWorker } from '../../src/model/routes.ts'
import { FakeClock } from '../support/fake-clock.ts'

function pair(calls: Partial<Handlers<WorkerDialect>['calls']> = {}) {
  const clock = new FakeClock()
  const { port1, port2 } = new MessageChannel()
  const heard: unknown[] = []
  const notices = {
    mesh: () => undefined,
    changed: () => undefined,
    warning: () => undefined,
    pulse: () => undefined,
    failed: () => undefined,
    starting: () => undefined,
  }
  const runtime = new Messenger<RuntimeDialect>(port1, { calls: {}, notices: { ...notices, init: () => void heard.push('init') } }, clock)
  const never = () => new Promise<never>(() => undefined)
  const handlers = {
    calls: { start: never, accept: never, adopt: never, drain: never, stop: never, getHealth: never, weigh: never, check: never, ...calls },
    notices: { mesh: () => undefined, release: () => undefined, line: () => undefined },
  }
  const worker = new Messenger<WorkerDialect>(port2, handlers, clock)
  const close = () => {
    runtime.close()
    worker.close()
  }
  return { clock, runtime, worker, heard, close }
}

test('Messenger answers calls, several at a time, each with its own result', async () => {
  const { runtime, close, clock } = pair({ drain: ({ deadlineMs }) => ({ cut: { requests: deadlineMs, upgraded: 0 } }) })
  const answers = await Promise.all([1, 2, 3].map((deadlineMs) => runtime.call('drain', { deadlineMs, idleMs: null }, { deadlineMs: 100 })))
  assert.deepEqual(
    answers.map((answer) => answer.cut.requests),
    [1, 2, 3],
  )
  close()
  clock.assertNoTimers()
})

test('Messenger rebuilds what a handler threw, with code and cause', async () => {
  const { runtime, close } = pair({
    stop: () => {
      throw new MeshrtError('MESHRT_ENTRY_UNUSABLE', 'Cannot use it: a number', { cause: new TypeError('inner') })
    },
  })
  await assert.rejects(runtime.call('stop', null, { deadlineMs: 100 }), (error) => {
    assert.ok(hasMeshrtCode(error) && error.code === 'MESHRT_ENTRY_UNUSABLE')
    assert.ok(error.cause instanceof Error && error.cause.message === 'inner')
    return true
  })
  close()
})

test('Messenger rejects a call at its deadline', async () => {
  const { runtime, clock, close } = pair()
  const call = runtime.call('stop', null, { deadlineMs: 1000 })
  const rejected = assert.rejects(call, { code: 'MESHRT_ITC_TIMEOUT' })
  await clock.advance(1000)
  await rejected
  close()
})

test('Messenger rejects every open call when the other end closes', async () => {
  const { runtime, worker, clock } = pair()
  const calls = [runtime.call('stop', null, { deadlineMs: 1000 }), runtime.call('getHealth', null, { deadlineMs: 1000 })]
  worker.close()
  for (const call of calls) await assert.rejects(call, { code: 'MESHRT_ITC_CLOSED' })
  await assert.rejects(runtime.call('stop', null, { deadlineMs: 1 }), { code: 'MESHRT_ITC_CLOSED' })
  clock.assertNoTimers()
})

test('Messenger delivers notices', async () => {
  const { worker, heard, close } = pair()
  worker.notify('init', null)
  while (heard.length === 0) await turn()
  assert.deepEqual(heard, ['init'])
  close()
})

test('Messenger closes a port that it can no longer hand over', async () => {
  const { runtime, close } = pair()
  close()
  const { port1, port2 } = new MessageChannel()
  const closed = once(port1, 'close')
  const line = { port: port2 } as Extract<MeshToWorker, { type: 'accept' }>['line']
  runtime.notify('mesh', { type: 'accept', from: formatWorkerId({ service: serviceId('auth'), slot: 0, generation: 1 }), line }, [port2])
  await closed
})
