import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { identityOf, isAlive, type ProcessIdentity } from '../../src/control/process-identity.ts'
import type { RuntimeView } from '../../src/model/view.ts'
import type { Project } from './project.ts'
import { until } from './until.ts'

const GONE_MS = 15_000

/** A runtime that runs in the background, and its guardian. Both are ended by their pids when the test ends. */
export class Background {
  readonly #project: Project
  /** With their birth: pids come again. */
  readonly #processes = new Map<number, ProcessIdentity>()

  constructor(t: TestContext, project: Project) {
    this.#project = project
    t.after(() => this.#end())
  }

  /** `start -d --wait`, and what the runtime says of itself then. */
  async start(...flags: readonly string[]): Promise<RuntimeView> {
    const { code, stdout, stderr } = await this.#project.run('start', '-d', '--wait', ...flags)
    assert.equal(code, 0, stdout + stderr)
    const view = await this.#project.view()
    this.note(view)
    return view
  }

  async ps(): Promise<RuntimeView> {
    const { code, stdout, stderr } = await this.#project.run('ps', '--json')
    assert.equal(code, 0, stderr)
    const view = JSON.parse(stdout) as RuntimeView
    this.note(view)
    return view
  }

  /** Remembers the processes, to end them. */
  note({ runtime }: Pick<RuntimeView, 'runtime'>): void {
    for (const pid of [runtime.pid, runtime.guardianPid]) {
      if (pid !== null && !this.#processes.has(pid)) this.#processes.set(pid, identityOf(pid))
    }
  }

  async events(type: string): Promise<readonly Record<string, unknown>[]> {
    const { stdout } = await this.#project.run('events', '--json')
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: Record<string, unknown> }).event)
    return events.filter((event) => event['type'] === type)
  }

  async #end(): Promise<void> {
    const alive = () => [...this.#processes.values()].filter(isAlive)
    // The guardian passes it on; a runtime without one takes it itself.
    for (const { pid } of alive()) signalIfThere(pid, 'SIGTERM')
    // Whoever has not ended by then is made to.
    await until('they have ended', () => alive().length === 0, GONE_MS).catch(() => {})
    for (const { pid } of alive()) signalIfThere(pid, 'SIGKILL')
  }
}

/** @throws AssertionError when nobody guards the runtime: a signal to process 0 would go to the test itself */
export function guardianOf({ runtime }: Pick<RuntimeView, 'runtime'>): number {
  assert.ok(runtime.guardianPid !== null, 'the runtime has no guardian')
  return runtime.guardianPid
}

/** Resolves when the process has ended. */
export async function gone(pid: number, deadlineMs = GONE_MS): Promise<void> {
  await until(`process ${pid} has ended`, () => !isThere(pid), deadlineMs)
}

export function isThere(pid: number): boolean {
  const stat = `/proc/${pid}/stat`
  // A zombie has ended: nobody has looked yet.
  if (existsSync('/proc/self/stat')) return existsSync(stat) && !/\) [ZX] /.test(readOrEmpty(stat))
  return signalIfThere(pid, 0)
}

/** Command lines of processes that run something in this folder; Linux only. */
export function processesIn(folder: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && readOrEmpty(`/proc/${pid}/environ`).includes(`XDG_RUNTIME_DIR=${folder}\0`) && isThere(pid))
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    assert.ok(['ENOENT', 'ESRCH', 'EACCES'].includes(String((error as NodeJS.ErrnoException).code)), String(error))
    return ''
  }
}

function signalIfThere(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
    return false
  }
}
