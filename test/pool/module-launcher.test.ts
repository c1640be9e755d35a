import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openIngress } from '../../src/ingress/open-ingress.ts'
import type { IngressGrant } from '../../src/itc/protocol.ts'
import { serviceId } from '../../src/model/ids.ts'
import type { ServiceSpec } from '../../src/model/spec.ts'
import type { IngressSource, WorkerHandle, WorkerListener } from '../../src/pool/launcher.ts'
import { ModuleLauncher } from '../../src/pool/module-launcher.ts'
import { threads } from '../../src/pool/thread.ts'
import { realClock } from '../../src/runtime/real-clock.ts'
import { serviceSpec } from '../support/specs.ts'
import { tempDir, writeFiles, type Files } from '../support/temp-dir.ts'
import { hostingOptions } from './hosting-options.ts'

/** An entrypoint's workers, what they tell, and which descriptors came back. */
function workers(t: TestContext, overrides: Partial<ServiceSpec>, grant: IngressSource['grant']) {
  const returned: IngressGrant[] = []
  const told = { loaded: Promise.withResolvers<void>(), failed: Promise.withResolvers<unknown>(), exited: Promise.withResolvers<void>() }
  const ignore = (): void => {}
  const listener: WorkerListener = {
    initialised: ignore,
    loaded: () => told.loaded.resolve(),
    loadFailed: told.failed.resolve,
    exited: () => told.exited.resolve(),
    output: ignore,
    outputDropped: ignore,
    mesh: ignore,
    changed: ignore,
    warned: ignore,
  }
  const launcher = new ModuleLauncher(
    threads(null),
    hostingOptions(serviceSpec(overrides), { ingress: { grant, takeBack: (one) => void returned.push(one) } }),
  )
  const launch = (): WorkerHandle => {
    const worker = launcher.launch({ service: serviceId('auth'), slot: 0, generation: 1 }, listener, { accept: 'at-once' })
    t.after(() => {
      worker.terminate()
      return told.exited.promise
    })
    return worker
  }
  return { returned, launch, loaded: told.loaded.promise, failed: told.failed.promise, exited: told.exited.promise }
}

function service(t: TestContext, name: string, code: string, files: Files = {}): string {
  const root = tempDir(t)
  writeFiles(root, { ...files, [name]: code })
  return join(root, name)
}

const GRANT = { kind: 'descriptor', fd: 77 } as const

test('ModuleLauncher gives back the descriptor of a worker that is terminated before its thread exists', async (t) => {
  const asked = Promise.withResolvers<void>()
  const granted = Promise.withResolvers<IngressGrant>()
  const { launch, failed, exited, returned } = workers(t, {}, () => {
    asked.resolve()
    return granted.promise
  })
  const worker = launch()
  await asked.promise
  worker.terminate()
  await exited
  granted.resolve(GRANT)
  await failed
  assert.deepEqual(returned, [GRANT])
})

test('ModuleLauncher gives back the descriptor of a worker whose thread cannot be created', async (t) => {
  const { launch, failed, returned } = workers(t, { config: { uncloneable: () => {} } }, () => Promise.resolve(GRANT))
  launch()
  assert.equal(((await failed) as Error).name, 'DataCloneError')
  assert.deepEqual(returned, [GRANT])
})

test('ModuleLauncher asks for no descriptor when the environment files cannot be read', async (t) => {
  let asked = 0
  const { launch, failed } = workers(t, { envFiles: { runtime: null, service: import.meta.dirname } }, () => {
    asked++
    return Promise.resolve(GRANT)
  })
  launch()
  assert.equal(((await failed) as NodeJS.ErrnoException).code, 'EISDIR')
  assert.equal(asked, 0)
})

/** Its check never returns: nothing that is said to the worker after it is heard. */
const BLOCKS = `import http from 'node:http'
export const create = () => http.createServer()
export const health = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`

test('ModuleLauncher gives back what a worker was to adopt and never took, whether it still lived then or not', async (t) => {
  const ingress = await openIngress({ hostname: '127.0.0.1', port: 0, slots: 1, clock: realClock })
  t.after(() => ingress.close())
  const { launch, loaded, exited, returned } = workers(t, { source: { kind: 'module', entry: service(t, 'blocks.mjs', BLOCKS) } }, (slot) =>
    ingress.grant(slot),
  )
  const worker = launch()
  await loaded
  await assert.rejects(worker.check(1))
  const adopted = assert.rejects(worker.adopt({ slot: 1, fd: 78 }))
  worker.terminate()
  await exited
  await adopted
  assert.deepEqual(returned, [{ kind: 'descriptor', fd: 78 }])
  await assert.rejects(worker.adopt({ slot: 2, fd: 79 }))
  assert.deepEqual(returned.slice(1), [{ kind: 'descriptor', fd: 79 }])
})

test('ModuleLauncher gives back what the second thread of a worker that needs the compiler has not taken', async (t) => {
  const ingress = await openIngress({ hostname: '127.0.0.1', port: 0, slots: 1, clock: realClock })
  t.after(() => ingress.close())
  const entry = service(t, 'enum.ts', 'export enum Colour { Red }')
  const second = Promise.withResolvers<void>()
  let asked = 0
  const { launch, exited, returned } = workers(t, { source: { kind: 'module', entry } }, (slot) => {
    if (asked++ === 0) return ingress.grant(slot)
    second.resolve()
    return Promise.resolve(GRANT)
  })
  const worker = launch()
  await second.promise
  // The thread is there by the next turn, and has not come to run anything.
  setImmediate(() => worker.terminate())
  await exited
  assert.deepEqual(returned, [GRANT])
})

/** Needs the service's own tsconfig: an alias, and a decorator of the older kind. */
const ALIASED = `import { tag } from '@lib/tag'
class Greeting { @tag text = 'hello' }
export default (_: unknown, response: any) => response.end(new Greeting().text)`

const ALIASED_FILES = {
  'tsconfig.json': JSON.stringify({ compilerOptions: { experimentalDecorators: true, paths: { '@lib/*': ['./lib/*'] } } }),
  'lib/tag.ts': `export function tag(prototype: object, name: string) { if (typeof name !== 'string') throw new Error('not the older kind') }`,
}

test("ModuleLauncher has tsx compile with the service's own tsconfig what Node cannot resolve", async (t) => {
  const entry = service(t, 'index.ts', ALIASED, ALIASED_FILES)
  const { launch, loaded, failed } = workers(t, { source: { kind: 'module', entry } }, () =>
    Promise.resolve({ kind: 'address', hostname: '127.0.0.1', port: 0 }),
  )
  launch()
  await Promise.race([loaded, failed.then((error) => Promise.reject(error as Error))])
})

test('ModuleLauncher leaves TypeScript to Node where `typescript: native` says so, and begins with tsx where that does', async (t) => {
  const grant = () => Promise.resolve({ kind: 'address', hostname: '127.0.0.1', port: 0 } as const)
  const entry = service(t, 'index.ts', ALIASED, ALIASED_FILES)
  const native = workers(t, { source: { kind: 'module', entry }, typescript: 'native' }, grant)
  native.launch()
  assert.equal(((await native.failed) as Error).name, 'SyntaxError')
  let granted = 0
  const compiled = workers(t, { source: { kind: 'module', entry }, typescript: 'tsx' }, () => {
    granted++
    return grant()
  })
  compiled.launch()
  await Promise.race([compiled.loaded, compiled.failed.then((error) => Promise.reject(error as Error))])
  assert.equal(granted, 1, 'one thread was enough')
})
