import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { here } from './here.ts'
import { makeMeta, removeMeta, writeMeta } from './meta.ts'
import type { ControlPort } from './port.ts'
import { ensureControlDir, verifySocket } from './private-dir.ts'
import { ownIdentity } from './process-identity.ts'
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
}

export interface Control {
  readonly socket: string
  /** From now on requests are answered by this runtime; until then they wait. */
  serve(port: ControlPort): void
  /** Idempotent. The lock is given up last. */
  close(): Promise<void>
}

const OWNER_DEADLINE_MS = 10_000

/**
 * Takes the lock of a runtime file and binds its control socket, before any service boots.
 * @throws MESHRT_ALREADY_RUNNING, MESHRT_NOT_ANSWERING, MESHRT_SOCKET_UNSAFE, MESHRT_SOCKET_PATH_TOO_LONG
 */
export async function openControl(facts: ControlFacts): Promise<Control> {
  const place = here(facts.env)
  const paths = facts.socket === null ? pathsOfFile(facts.file, place) : pathsOfSocket(resolve(facts.socket), place.platform)
  ensureControlDir(paths)
  const lock = await takeLock(paths, { deadlineMs: facts.ownerDeadlineMs ?? OWNER_DEADLINE_MS })
  const startedAt = Date.now()
  const server = new ControlServer({ socket: paths.socket, startedAt })
  try {
    // We hold the lock and nobody answers there: what lies there was left by a dead runtime.
    if (verifySocket(paths.socket)) rmSync(paths.socket, { force: true })
    await server.listen()
    writeMeta(paths.meta, makeMeta({ ...ownIdentity(), name: facts.name, file: facts.file, startedAt, socket: paths.socket }))
  } catch (error) {
    await server.close()
    lock.release()
    throw error
  }
  // A bug that ends the process must not leave anything behind either.
  const cleanUp = (): void => removeTraces(paths, lock)
  process.once('exit', cleanUp)
  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await server.close()
    cleanUp()
    process.off('exit', cleanUp)
  }
  return { socket: paths.socket, serve: (port) => server.serve(port), close: () => (closing ??= close()) }
}

function removeTraces(paths: ControlPaths, lock: Lock): void {
  rmSync(paths.socket, { force: true })
  removeMeta(paths.meta)
  lock.release()
}
