import assert from 'node:assert/strict'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { ToRuntime } from '../../src/guardian/messages.ts'
import { tempDir } from '../support/temp-dir.ts'

const GUARDIAN = fileURLToPath(new URL('../../bin/guardian.mjs', import.meta.url))
const RUNTIME = fileURLToPath(new URL('./fake-runtime.ts', import.meta.url))

/** The real guardian in its own process, over fake runtimes. */
class Guarded {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly #file: string
  readonly #closed: Promise<unknown[]>
  output = ''

  constructor(t: TestContext, orders: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#file = join(tempDir(t), 'boots')
    const { NODE_TEST_CONTEXT: _test, ...inherited } = process.env
    this.child = spawn(process.execPath, [GUARDIAN, '--disable-warning=ExperimentalWarning', RUNTIME, this.#file, ...orders], {
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (bytes: Buffer) => (this.output += bytes.toString()))
    this.#closed = once(this.child, 'close')
    t.after(() => {
      this.child.kill('SIGKILL')
      this.#killRuntime()
    })
  }

  /** How the guardian ended. */
  async ended(): Promise<{ readonly code: unknown; readonly boots: number }> {
    const [code] = await this.#closed
    return { code, boots: Number(readFileSync(this.#file, 'utf8')) }
  }

  async says(what: RegExp): Promise<void> {
    while (!what.test(this.output)) {
      const over = await Promise.race([
        once(this.child.stdout, 'data').then(() => false),
        once(this.child.stderr, 'data').then(() => false),
        this.#closed.then(() => true),
      ])
      if (over && !what.test(this.output)) throw new Error(`It never said ${String(what)}:\n${this.output}`)
    }
  }

  welcome(boot: number): Extract<ToRuntime, { type: 'welcome' }> {
    return JSON.parse(readFileSync(`${this.#file}.${boot}`, 'utf8')) as Extract<ToRuntime, { type: 'welcome' }>
  }

  get runtimePid(): number {
    return Number([...this.output.matchAll(/boot \d+ (\d+)/g)].at(-1)?.[1])
  }

  #killRuntime(): void {
    try {
      if (this.runtimePid > 0) process.kill(this.runtimePid, 'SIGKILL')
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
    }
  }
}

test('a killed runtime is started again, and told which reboot it is and why', async (t) => {
  const guarded = new Guarded(t, ['die', 'stay'])
  await guarded.says(/ready/)
  assert.equal(guarded.welcome(1).reboot, null)
  assert.deepEqual({ ...guarded.welcome(2).reboot, endedAt: 0 }, { number: 1, cause: 'SIGKILL', endedAt: 0 })
  assert.match(guarded.output, /meshrt guardian: the runtime \(process \d+\) ended: SIGKILL; starting it again in \d+ ms \(reboot 1\)/)
  guarded.child.kill('SIGTERM')
  assert.deepEqual(await guarded.ended(), { code: 0, boots: 2 })
})

test('a runtime that announces its code and has to kill itself is reported with that code, and not started again', async (t) => {
  assert.deepEqual(await new Guarded(t, ['announce=3']).ended(), { code: 3, boots: 1 })
  assert.deepEqual(await new Guarded(t, ['announce=0']).ended(), { code: 0, boots: 1 })
})

test('a runtime that wants to be recycled is followed by a fresh one', async (t) => {
  const guarded = new Guarded(t, ['recycle', 'announce=5'])
  assert.deepEqual(await guarded.ended(), { code: 5, boots: 2 })
  assert.equal(guarded.welcome(2).reboot?.cause, 'recycled')
})

test('what ends before it has the lock is not started again, its code is passed on', async (t) => {
  assert.deepEqual(await new Guarded(t, ['exit=78']).ended(), { code: 78, boots: 1 })
})

test('a signal between two runtimes ends the guardian, and nothing is started any more', async (t) => {
  const guarded = new Guarded(t, ['die'])
  // The fourth death is followed by 800 ms without a runtime.
  await guarded.says(/reboot 4/)
  guarded.child.kill('SIGTERM')
  assert.deepEqual(await guarded.ended(), { code: 0, boots: 4 })
})

test('a runtime that dies at every start is given up', async (t) => {
  const guarded = new Guarded(t, ['die'])
  assert.deepEqual(await guarded.ended(), { code: 1, boots: 5 })
  assert.match(guarded.output, /Cannot keep the runtime running: it died 5 times, last of SIGKILL \[MESHRT_GUARDIAN_GAVE_UP\]/)
})

test('a runtime that two signals do not move is killed', async (t) => {
  const guarded = new Guarded(t, ['deaf'])
  await guarded.says(/deaf/)
  guarded.child.kill('SIGINT')
  await guarded.says(/heard SIGINT/)
  guarded.child.kill('SIGTERM')
  assert.deepEqual(await guarded.ended(), { code: 137, boots: 1 })
})

test('NODE_OPTIONS that were put aside reach the runtime', async (t) => {
  const guarded = new Guarded(t, ['announce=0'], { MESHRT_NODE_OPTIONS: '--title=from-options' })
  assert.equal((await guarded.ended()).code, 0)
  assert.match(guarded.output, /boot 1 \d+ --title=from-options \n/)
})
