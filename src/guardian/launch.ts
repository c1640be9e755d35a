import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ErrorDocument } from '../errors/render.ts'
import { PACKAGE_ROOT } from '../model/own-files.ts'
import { whenHeardOut } from './heard-out.ts'
import { LOG_FILE, NODE_OPTIONS, type ToStarter } from './messages.ts'

const GUARDIAN = fileURLToPath(new URL('bin/guardian.mjs', PACKAGE_ROOT))
const COMMAND = fileURLToPath(new URL('bin/meshrt.mjs', PACKAGE_ROOT))

export interface LaunchOptions {
  /** Of the meshrt command that the guardian is to keep running. */
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** How a guardian in the background ended, with what the runtime said about it. */
export interface GuardianEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly failure: { readonly text: string; readonly document: ErrorDocument } | null
}

export interface Launched {
  /** Where the control socket is; resolves when the first worker has been launched. */
  readonly booting: Promise<string>
  readonly ended: Promise<GuardianEnd>
  /** From now on it is nobody's business here; the process may leave. */
  release(): void
}

/** A guardian in a session of its own, which neither the terminal nor this process takes along when it goes. */
export function launchInBackground({ args, env, stderr, logFile }: LaunchOptions & { stderr: number; logFile: string }): Launched {
  const child = spawn(process.execPath, guardianArgs(args), {
    detached: true,
    env: { ...guardianEnv(env), [LOG_FILE]: logFile },
    stdio: ['ignore', stderr, stderr, 'ipc'],
  })
  const booting = Promise.withResolvers<string>()
  const ended = Promise.withResolvers<GuardianEnd>()
  let failure: GuardianEnd['failure'] = null
  child.on('message', (message) => {
    const said = message as ToStarter
    if (said.type === 'booting') booting.resolve(said.socket)
    else failure = { text: said.text, document: said.document }
  })
  child.once('error', ended.reject)
  child.once('exit', (code, signal) => whenHeardOut(child, () => ended.resolve({ code, signal, failure })))
  return { booting: booting.promise, ended: ended.promise, release: () => release(child) }
}

function release(child: ChildProcess): void {
  if (child.connected) child.disconnect()
  child.unref()
}

/**
 * Makes this process the guardian: same pid, same terminal, and nothing of the command line in its memory. On Windows, where no
 * process can become another, the guardian is a child; resolves with its exit code.
 */
export async function becomeGuardian({ args, env }: LaunchOptions): Promise<number> {
  const argv = guardianArgs(args)
  if (process.platform !== 'win32' && process.execve) process.execve(process.execPath, [process.execPath, ...argv], guardianEnv(env))
  const child = spawn(process.execPath, argv, { env: guardianEnv(env), stdio: 'inherit' })
  const ended = Promise.withResolvers<number>()
  child.once('error', ended.reject)
  child.once('exit', (code) => ended.resolve(code ?? 1))
  return ended.promise
}

/** What Node itself was told (`node --flag …`) is for the runtime. */
function guardianArgs(args: readonly string[]): string[] {
  return [GUARDIAN, ...process.execArgv, COMMAND, ...args]
}

function guardianEnv({ NODE_OPTIONS: options, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return options === undefined ? env : { ...env, [NODE_OPTIONS]: options }
}
