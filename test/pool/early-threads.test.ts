import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import { readEnvironment } from '../../src/environment/read-environment.ts'
import { serviceId, type WorkerId } from '../../src/model/ids.ts'
import type { ServiceSpec } from '../../src/model/spec.ts'
import { EarlyThreads } from '../../src/pool/early-threads.ts'
import type { WorkerListener } from '../../src/pool/launcher.ts'
import { ModuleLauncher } from '../../src/pool/module-launcher.ts'
import { threadOptions, type ThreadOptions } from '../../src/pool/start-thread.ts'
import { threads } from '../../src/pool/thread.ts'
import { runtimeSpec, serviceSpec } from '../support/specs.ts'
import { tempDir, writeFiles } from '../support/temp-dir.ts'
import { hostingOptions } from './hosting-options.ts'

const AUTH: WorkerId = { service: serviceId('auth'), slot: 0, generation: 1 }

async function startEarly(t: TestContext, spec: ServiceSpec): Promise<EarlyThreads> {
  const early = new EarlyThreads()
  t.after(() => early.close())
  await early.start(runtimeSpec([spec]), 1)
  return early
}

async function optionsOf(spec: ServiceSpec, id = AUTH): Promise<ThreadOptions> {
  return threadOptions(id, { spec, env: await readEnvironment(spec, id, 'start'), compiler: [], lineDir: null })
}

test('a worker lives in the thread that was started early for it', async (t) => {
  const root = tempDir(t)
  writeFiles(root, { 'package.json': '{"type":"module"}', 'index.js': `export default (request, response) => response.end('hello')` })
  const spec = serviceSpec({ id: AUTH.service, path: root, source: { kind: 'module', entry: `${root}/index.js` } })
  const early = await startEarly(t, spec)
  // Threads are numbered as they are made.
  const later = new Worker('', { eval: true })
  const laterId = later.threadId
  await once(later, 'exit')
  const outcome = Promise.withResolvers<void>()
  const exited = Promise.withResolvers<void>()
  const ignore = (): void => {}
  const listener: WorkerListener = {
    initialised: ignore,
    loaded: () => outcome.resolve(),
    loadFailed: outcome.reject,
    exited: () => exited.resolve(),
    output: ignore,
    outputDropped: ignore,
    mesh: ignore,
    changed: ignore,
    warned: ignore,
  }
  const launcher = new ModuleLauncher(threads(early), hostingOptions(spec))
  const worker = launcher.launch(AUTH, listener, { accept: 'at-once' })
  await outcome.promise
  assert.ok((worker.threadId ?? Infinity) < laterId, `thread ${worker.threadId} was made after ${laterId}`)
  worker.terminate()
  await exited.promise
})

test('a thread is given once, and to nobody who would start it with other options', async (t) => {
  const spec = serviceSpec({ id: AUTH.service })
  const early = await startEarly(t, spec)
  const options = await optionsOf(spec)
  const others: readonly ThreadOptions[] = [
    { ...options, env: { ...options.env, ADDED: '1' } },
    { ...options, execArgv: ['--no-warnings'] },
    { ...options, resourceLimits: { maxOldGenerationSizeMb: 64 } },
    { ...options, argv: ['--verbose'] },
  ]
  for (const other of others) assert.equal(early.take(AUTH, other), null)
  assert.equal(early.take({ ...AUTH, slot: 1 }, options), null)
  const taken = early.take(AUTH, options)
  assert.ok(taken)
  t.after(() => taken.worker.terminate())
  assert.equal(early.take(AUTH, options), null)
  early.close()
  assert.ok(taken.worker.threadId > 0, 'it has another owner now')
})

test('what nobody takes ends when it is closed, and nothing is started after that', async (t) => {
  const spec = serviceSpec({ id: AUTH.service })
  const early = await startEarly(t, spec)
  early.close()
  assert.equal(early.take(AUTH, await optionsOf(spec)), null)
  await early.start(runtimeSpec([spec]), 1)
  assert.equal(early.take(AUTH, await optionsOf(spec)), null)
})

test('a service whose NODE_OPTIONS may load something has none, and neither has one whose environment cannot be read', async (t) => {
  const preloading = serviceSpec({ id: AUTH.service, env: { runtime: {}, service: { NODE_OPTIONS: '--no-warnings' } } })
  assert.equal((await startEarly(t, preloading)).take(AUTH, await optionsOf(preloading)), null)
  const unreadable = serviceSpec({ id: AUTH.service, envFiles: { runtime: null, service: tempDir(t) } })
  const early = await startEarly(t, unreadable)
  assert.equal(early.take(AUTH, await optionsOf(serviceSpec({ id: AUTH.service }))), null)
})
