import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { isErrno, MeshrtError } from '../errors/meshrt-error.ts'
import { here } from './here.ts'
import { makeMeta, removeMeta, writeMeta } from './meta.ts'
import type { ControlPort } from './port.ts'
import { ensureControlDir, verifySocket } from './private-dir.ts'
import { identityOf, ownIdentity } from './process-identity.ts'
import { ControlServer } from './server.ts'
import { pathsOfFile, pathsOfSocket, type ControlPaths } from './socket-path.ts'
import { takeLock, type Lock } from './take-lock.ts'

export interface ControlFacts {
  readonly name: string
  /** Real path of the runtime file. */
  readonly file: string
  /** Where the operator wants the socket; null = the usual place. */
  readonly socket: string | null
  readonly env?: Readonly<Record<string, string | undefined>>
  /** How long a living owner of the lock gets to answer. */
  readonly ownerDeadlineMs?: number
  /** The process that starts this one again when it dies: it keeps the lock meanwhile. */
  readonly guardianPid?: number
}

export interface Control {
  readonly socket: string
  /** From now on requests are answered by this runtime; until then they wait. */
  serve(port: ControlPort): void
  /** The guardian has gone: the lock is this process's own from now on. */
  goUnguarded(): void
  /** Idempotent. The lock is given up last; not at all when the guardian is to start another runtime. */
  close(options?: { readonly rebooting: boolean }): Promise<void>
}

const OWNER_DEADLINE_MS = 10_000

/**
 * Takes the lock of a runtime file and binds its control socket, before any service boots.
 * @throws MESHRT_ALREADY_RUNNING, MESHRT_NOT_ANSWERING, MESHRT_SOCKET_UNSAFE, MESHRT_SOCKET_NO_SPACE, MESHRT_SOCKET_PATH_TOO_LONG
 */
export async function openControl(facts: ControlFacts): Promise<Control> {
  const paths = controlPathsOf(facts)
  try {
    return await openAt(paths, facts)
  } catch (error) {
    if (!isOutOfSpace(error)) throw error
    throw new MeshrtError('MESHRT_SOCKET_NO_SPACE', `Cannot open the control socket in ${paths.dir}: ${error.message}`, { cause: error })
  }
}

async function openAt(paths: ControlPaths, facts: ControlFacts): Promise<Control> {
  ensureControlDir(paths)
  const guardian = facts.guardianPid === undefined ? null : identityOf(facts.guardianPid)
  const lock = await takeLock(paths, { deadlineMs: facts.ownerDeadlineMs ?? OWNER_DEADLINE_MS, guardian })
  const startedAt = Date.now()
  const described = { ...ownIdentity(), name: facts.name, file: facts.file, startedAt, socket: paths.socket }
  const server = new ControlServer({ socket: paths.socket, startedAt })
  try {
    // We hold the lock and nobody answers there: what lies there was left by a dead runtime.
    if (verifySocket(paths.socket)) rmSync(paths.socket, { force: true })
    await server.listen()
    writeMeta(paths.meta, makeMeta({ ...described, guardian }))
  } catch (error) {
    await server.close()
    lock.release()
    throw error
  }
  let isGuarded = guardian !== null
  // A bug that ends the process must not leave anything behind either, unless there will be another one in a moment.
  const onExit = (): void => {
    if (!isGuarded) removeTraces(paths, lock)
  }
  process.once('exit', onExit)
  let closing: Promise<void> | null = null
  const close = async (rebooting: boolean): Promise<void> => {
    await server.close()
    process.off('exit', onExit)
    if (!rebooting || !isGuarded) removeTraces(paths, lock)
  }
  return {
    socket: paths.socket,
    serve: (port) => server.serve(port),
    goUnguarded() {
      isGuarded = false
      if (closing !== null) return
      try {
        lock.makeOwn()
        writeMeta(paths.meta, makeMeta({ ...described, guardian: null }))
      } catch (error) {
        // No reason for a running runtime to end: its socket, which answers, keeps the next one away as well.
        if (!isOutOfSpace(error)) throw error
      }
    },
    close: ({ rebooting } = { rebooting: false }) => (closing ??= close(rebooting)),
  }
}

/** Where the control plane of this runtime is, running or not. @throws MESHRT_SOCKET_PATH_TOO_LONG */
export function controlPathsOf({ file, socket, env }: Pick<ControlFacts, 'file' | 'socket' | 'env'>): ControlPaths {
  const place = here(env)
  return socket === null ? pathsOfFile(file, place) : pathsOfSocket(resolve(socket), place.platform)
}

function isOutOfSpace(error: unknown): error is NodeJS.ErrnoException {
  return isErrno(error, 'ENOSPC', 'EDQUOT')
}

function removeTraces(paths: ControlPaths, lock: Lock): void {
  rmSync(paths.socket, { force: true })
  removeMeta(paths.meta)
  lock.release()
}
