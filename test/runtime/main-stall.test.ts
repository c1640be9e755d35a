import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { test } from 'node:test'
import { loadSpec } from '../../src/config/load-spec.ts'
import type { RuntimeEvent } from '../../src/model/events.ts'
import { createRuntime } from '../../src/runtime/create-runtime.ts'
import { PUPPET } from '../support/project.ts'
import { tempDir, writeFiles } from '../support/temp-dir.ts'
import { until } from '../support/until.ts'

const STALL_MS = 5000

test('a main thread that stands still for five seconds has nobody suspected, killed or replaced', async (t) => {
  const root = tempDir(t)
  const health = { interval: '200ms', gracePeriod: 0, maxUnhealthyChecks: 1, blockedAfter: '1s', check: '/health', checkTimeout: '500ms' }
  writeFiles(root, {
    'meshrt.yaml': JSON.stringify({
      entrypoint: 'none',
      health,
      services: { auth: { path: PUPPET, workers: 3, limits: { heap: '256mb' } } },
    }),
  })
  const runtime = createRuntime(await loadSpec({ file: `${root}/meshrt.yaml`, mode: 'start', env: process.env }))
  t.after(() => runtime.stop('command'))
  await runtime.start()
  const service = () => runtime.port.view().services[0]
  await until('every worker is well', () => service()?.workers.every(({ verdict }) => verdict === 'ok') === true)

  const told: RuntimeEvent[] = []
  runtime.onEvent(({ event }) => void told.push(event))
  // Questions to the workers are under way all the time: at this interval some are open when it begins.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS)
  // That nothing happens takes a while to be seen: several checks, and more than it takes to suspect one that blocks.
  await wait(3000)

  const troubles = told.filter(({ type }) => type === 'worker.suspected' || type === 'replacement.started' || type === 'worker.exited')
  assert.deepEqual(troubles, [])
  assert.ok(service()?.workers.every(({ generation, verdict }) => generation === 1 && verdict === 'ok'))
})
