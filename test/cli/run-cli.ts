import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'

import type { Scratch } from '../control/scratch.ts'
import { BIN } from '../support/package.ts'

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface CliHow {
  readonly env?: NodeJS.ProcessEnv
  readonly execArgv?: readonly string[]
  readonly bin?: string
}

/** The real command line as a child process. */
export async function cli(
  place: Pick<Scratch, 'project' | 'env'>,
  args: readonly string[],
  { env = {}, execArgv = [], bin = BIN }: CliHow = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, [...execArgv, bin, ...args], {
    cwd: place.project,
    env: { ...place.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  return { code, stdout, stderr }
}

/** A process that has a real control server, see control-child.ts. */
export async function openChild(t: TestContext, place: Scratch, behaviour = ''): Promise<ChildProcess> {
  const file = new URL('../control/control-child.ts', import.meta.url)
  const child = fork(file, [place.file, behaviour], { env: place.env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  t.after(() => child.kill('SIGKILL'))
  const [message] = (await once(child, 'message')) as [unknown]
  if (message !== 'open') throw new Error(`The child did not open: ${String(message)}`)
  return child
}
