import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { isErrno } from '../../../src/errors/meshrt-error.ts'
import { watchReaped } from '../commands/process-tree.ts'
import { outsideLoad, type OutsideLoad } from './outside-load.ts'
import { parseWrk } from './parse-wrk.ts'

interface LoadOptions {
  readonly connections: number
  /** Whole seconds. */
  readonly durationMs: number
  /** What each answer has to be. */
  readonly body: string
}

export interface LoadGenerator {
  readonly name: string
  run(url: string, options: LoadOptions): Promise<OutsideLoad>
}

const GRACE_MS = 30_000

/** wrk where it is installed, since it takes a fraction of the CPU time that autocannon takes for a request; else autocannon. */
export async function findLoadGenerator(): Promise<LoadGenerator> {
  try {
    await run('wrk', ['-v'])
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { name: 'autocannon', run: outsideLoad }
    // It ends with 1 after it has told its version.
  }
  return { name: 'wrk, one thread', run: wrk }
}

const run = promisify(execFile)

/** It does not look at bodies, so one is looked at before. */
async function wrk(url: string, { connections, durationMs, body }: LoadOptions): Promise<OutsideLoad> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(GRACE_MS) })
  const text = await answer.text()
  if (text !== body) throw new Error(`${url}: wrong answer ${answer.status} ${text}`)
  const reapedMs = watchReaped()
  const args = ['-t1', `-c${connections}`, `-d${Math.round(durationMs / 1000)}s`, '--latency', url]
  const { stdout } = await run('wrk', args, { timeout: durationMs + GRACE_MS, killSignal: 'SIGKILL' })
  const { requests, seconds, p50Ms, p99Ms } = parseWrk(stdout)
  return { requests, perSecond: requests / seconds, p50Ms, p99Ms, loadCores: reapedMs() / 1000 / seconds }
}
