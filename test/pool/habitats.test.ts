import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import type { StartReport } from '../../src/itc/protocol.ts'
import { toErrorInfo } from '../../src/model/failure.ts'
import { serviceId } from '../../src/model/ids.ts'
import type { ServiceSpec } from '../../src/model/spec.ts'
import type { Habitat } from '../../src/pool/incarnation.ts'
import type { WorkerListener } from '../../src/pool/launcher.ts'
import { ModuleLauncher } from '../../src/pool/module-launcher.ts'
import { processes } from '../../src/pool/process/child.ts'
import { threads } from '../../src/pool/thread.ts'
import { exitCause } from '../../src/supervision/exit-cause.ts'
import { isRunning } from '../support/processes.ts'
import { serviceSpec } from '../support/specs.ts'
import { tempDir, writeFiles } from '../support/temp-dir.ts'
import { until } from '../support/until.ts'
import { hostingOptions } from './hosting-options.ts'

const RUN = `habitats.${process.pid}`
const HABITATS: Readonly<Record<string, Habitat>> = { thread: threads(null), process: processes(RUN) }

type RawExit = Parameters<WorkerListener['exited']>[0]

/** One worker, and what it has told. */
function launch(
  t: TestContext,
  habitat: Habitat,
  { code, name = 'index.mjs', ...overrides }: Partial<ServiceSpec> & { code: string; name?: string },
) {
  const root = tempDir(t)
  writeFiles(root, { [name]: code })
  const lines: string[] = []
  const waiting: { readonly text: string; readonly resolve: () => void }[] = []
  const loaded = Promise.withResolvers<StartReport>()
  const exited = Promise.withResolvers<RawExit>()
  const order: string[] = []
  const ignore = (): void => {}
  const launcher = new ModuleLauncher(
    habitat,
    hostingOptions(serviceSpec({ path: root, cwd: root, source: { kind: 'module', entry: join(root, name) }, ...overrides })),
  )
  const worker = launcher.launch(
    { service: serviceId('auth'), slot: 2, generation: 7 },
    {
      initialised: ignore,
      loaded: loaded.resolve,
      loadFailed: (error) => {
        loaded.reject(error)
        worker.terminate()
      },
      exited: (exit) => {
        order.push('exited')
        exited.resolve(exit)
      },
      output: ({ text }) => {
        order.push('output')
        lines.push(text)
        for (const one of waiting.filter((each) => each.text === text)) one.resolve()
      },
      mesh: ignore,
      changed: ignore,
      warned: ignore,
      outputDropped: ignore,
    },
    { accept: 'at-once' },
  )
  // A test may not look at it.
  loaded.promise.catch(ignore)
  t.after(async () => {
    worker.terminate()
    await exited.promise
  })
  const said = (text: string): Promise<void> =>
    lines.includes(text) ? Promise.resolve() : new Promise((resolve) => waiting.push({ text, resolve }))
  return { worker, root, lines, order, said, loaded: loaded.promise, exited: exited.promise }
}

/** What the slot machine makes of an end that nobody has asked for. */
function causeOf({ code, signal, error }: RawExit) {
  return exitCause({ code, signal: signal ?? null, error: error === null ? null : toErrorInfo(error), asked: 'nothing' })
}

for (const [name, habitat] of Object.entries(HABITATS)) {
  describe(`a worker in a ${name}`, () => {
    test('loads a service, answers a ping, and ends by its own hooks when it is stopped', async (t) => {
      const { worker, loaded, exited, lines } = launch(t, habitat, {
        code: `import http from 'node:http'
          export const create = () => http.createServer()
          export const close = () => console.log('closed')
          process.on('exit', (code) => console.log('exit ' + code))`,
      })
      assert.equal((await loaded).kind, 'server')
      assert.ok((await worker.ping(5000)).heapUsedBytes > 0)
      assert.ok(((await worker.memory(5000))?.heapLimitBytes ?? 0) > 0)
      await worker.stop(5000)
      assert.equal((await exited).code, 0)
      assert.deepEqual(lines, ['closed', 'exit 0'])
    })

    test('knows who it is', async (t) => {
      const { said } = launch(t, habitat, {
        type: 'background',
        env: { runtime: {}, service: { OWN: 'mine' } },
        code: `const { env } = process
          console.log([env.MESHRT_SERVICE, env.MESHRT_SLOT, env.MESHRT_GENERATION, env.MESHRT_MODE, env.NODE_ENV, env.OWN].join())
          setInterval(() => {}, 1000)`,
      })
      await said('auth,2,7,start,production,mine')
    })

    test('hears SIGTERM at a stop when it listens for it, and ends by itself', async (t) => {
      const { worker, loaded, exited, lines } = launch(t, habitat, {
        type: 'background',
        code: `const timer = setInterval(() => {}, 1000)
          process.on('SIGTERM', () => { console.log('bye'); clearInterval(timer) })`,
      })
      await loaded
      await worker.stop(5000)
      assert.equal((await exited).code, 0)
      assert.deepEqual(lines, ['bye'])
    })

    test('that exits is told apart by its code', async (t) => {
      const crash = launch(t, habitat, { code: 'process.exit(3)' })
      assert.deepEqual(causeOf(await crash.exited), { kind: 'crashed', code: 3 })
      const end = launch(t, habitat, { type: 'oneshot', code: 'export const create = () => 0' })
      assert.deepEqual(causeOf(await end.exited), { kind: 'completed' })
    })

    test('that throws ends with its error and its stack, and what it wrote right before has come first', async (t) => {
      const { exited, lines, order } = launch(t, habitat, {
        type: 'background',
        code: `setTimeout(() => {
          for (let i = 0; i < 2000; i++) console.log('line ' + i)
          console.error('last words')
          throw Object.assign(new Error('of the service'), { code: 'E_OWN' })
        }, 50)`,
      })
      const cause = causeOf(await exited)
      assert.ok(cause.kind === 'crashed' && cause.error)
      assert.deepEqual([cause.error.message, cause.error.code], ['of the service', 'E_OWN'])
      assert.match(cause.error.stack ?? '', /index\.mjs/)
      assert.equal(lines.filter((line) => line.startsWith('line ')).length, 2000)
      assert.ok(lines.includes('last words'))
      assert.equal(order.at(-1), 'exited')
    })

    test('that rejects without anybody to hear it ends with that error', async (t) => {
      const { exited } = launch(t, habitat, {
        type: 'background',
        code: `setTimeout(() => void Promise.reject(new TypeError('not taken')), 50)`,
      })
      const cause = causeOf(await exited)
      assert.ok(cause.kind === 'crashed')
      assert.equal(cause.error?.message, 'not taken')
    })

    test('whose module throws fails to load with that error', async (t) => {
      const { loaded } = launch(t, habitat, { code: `throw new Error('at load')` })
      await assert.rejects(loaded, /at load/)
    })

    test('with TypeScript that cannot be stripped begins anew with the compiler', async (t) => {
      const { loaded, said } = launch(t, habitat, {
        name: 'index.ts',
        type: 'background',
        code: `enum Colour { Red = 'red' }
          console.log(Colour.Red)
          setInterval(() => {}, 1000)`,
      })
      await loaded
      await said('red')
    })

    test('that is busy shows it, and one that is blocked does not answer and can be ended', async (t) => {
      const { worker, loaded, exited, said } = launch(t, habitat, {
        type: 'background',
        code: `setTimeout(() => { console.log('blocking'); for (;;); }, 100)
          export {}`,
      })
      await loaded
      await said('blocking')
      await assert.rejects(worker.ping(300))
      await until('it is seen to be busy', () => (worker.utilisation() ?? 0) >= 0.9)
      worker.terminate()
      await exited
    })

    test('that reaches the limit of its heap ends as out of memory, and the runtime lives', async (t) => {
      const { exited } = launch(t, habitat, {
        type: 'background',
        limits: { heapBytes: 32 * 1024 * 1024, youngGenerationBytes: 8 * 1024 * 1024, stackBytes: null, cpu: 0 },
        code: `let list = null
          setTimeout(() => { for (;;) list = { list, text: 'x'.repeat(10) + Math.random() } }, 50)`,
      })
      assert.equal(causeOf(await exited).kind, 'out-of-memory')
    })

    test('tells its CPU time where that can be told', { skip: process.platform !== 'linux' }, async (t) => {
      const { worker, loaded } = launch(t, habitat, { type: 'background', code: 'setInterval(() => {}, 1000)' })
      await loaded
      assert.ok(((await worker.cpuTime(5000)) ?? 0) > 0)
    })
  })
}

const ownProcess = processes(RUN)

test('a worker in a process that is killed from outside ends by that signal', async (t) => {
  const { worker, loaded, exited } = launch(t, ownProcess, { type: 'background', code: 'setInterval(() => {}, 1000)' })
  await loaded
  assert.notEqual(worker.pid, process.pid)
  process.kill(worker.pid ?? 0, 'SIGSEGV')
  const cause = causeOf(await exited)
  assert.ok(cause.kind === 'crashed')
  assert.equal(cause.signal, 'SIGSEGV')
})

test('a worker in a process that exhausts memory in the way that no thread survives kills itself only', async (t) => {
  const { exited } = launch(t, ownProcess, {
    type: 'background',
    limits: { heapBytes: 64 * 1024 * 1024, youngGenerationBytes: null, stackBytes: null, cpu: 0 },
    code: `setTimeout(() => { const a = []; for (;;) a.push(1) }, 50)`,
  })
  assert.equal(causeOf(await exited).kind, 'out-of-memory')
})

test('a worker in a process has its parent to itself: for the service there is none that speaks IPC', async (t) => {
  const { said } = launch(t, ownProcess, {
    type: 'background',
    code: `process.on('message', () => console.log('heard'))
      setTimeout(() => console.log(typeof process.send), 100)`,
  })
  await said('undefined')
})

test('a worker in a process runs in its own folder', async (t) => {
  const { said, root } = launch(t, ownProcess, { type: 'background', code: 'console.log(process.cwd()); setInterval(() => {}, 1000)' })
  await said(root)
})

/** A grandchild in the worker's group, and one in a session of its own. */
const BREEDER = `import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
const children = [false, true].map((detached) => spawn('sleep', ['1000'], { detached, stdio: 'ignore' }).pid)
writeFileSync('pids', JSON.stringify(children))
console.log('bred')
setInterval(() => {}, 1000)`

for (const end of ['is stopped', 'is terminated', 'has crashed']) {
  test(`a worker in a process leaves nothing behind when it ${end}`, { skip: process.platform !== 'linux' }, async (t) => {
    const { worker, said, loaded, exited, root } = launch(t, ownProcess, { type: 'background', code: BREEDER })
    await loaded
    await said('bred')
    const grandchildren = JSON.parse(readFileSync(join(root, 'pids'), 'utf8')) as number[]
    for (const pid of grandchildren) assert.ok(existsSync(`/proc/${pid}`))
    if (end === 'is stopped') await worker.stop(5000)
    else if (end === 'is terminated') worker.terminate()
    else process.kill(worker.pid ?? 0, 'SIGKILL')
    await exited
    assert.deepEqual(grandchildren.filter(isRunning), [])
  })
}
