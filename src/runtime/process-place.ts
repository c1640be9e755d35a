import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { here } from '../control/here.ts'
import { ensureControlDir } from '../control/private-dir.ts'
import { isAlive, ownIdentity } from '../control/process-identity.ts'
import { pathsOfFile } from '../control/socket-path.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import { killOrphans } from '../pool/process/orphans.ts'
import { formatLife, formatRun, ownNamespace, parseLife, type Life, type Run, type RunId } from '../pool/process/run.ts'

/** What a runtime needs for workers that are processes. */
export interface ProcessPlace {
  /** In the environment of everything that such a worker starts. */
  readonly run: RunId
  /** A folder for this user alone: the sockets and ledgers of the lines to and from processes. */
  readonly lineDir: string
  close(): void
}

/**
 * Null when no service has processes of its own. What a runtime of the same file has left behind when it was killed is ended.
 * @throws MESHRT_SOCKET_UNSAFE, MESHRT_SOCKET_PATH_TOO_LONG
 */
export function openProcessPlace({ file, services }: RuntimeSpec): ProcessPlace | null {
  if (services.every(({ isolation, source }) => isolation === 'thread' && source.kind !== 'command')) return null
  const application = createHash('sha256').update(file).digest('hex').slice(0, 16)
  const run: Run = { application, ...ownIdentity(), namespace: ownNamespace() }
  killOrphans(run, isAlive)
  const lineDir = createLineDir(file, run)
  return { run: formatRun(run), lineDir, close: () => rmSync(lineDir, { recursive: true, force: true }) }
}

/** Beside the control sockets, and with paths that are no longer than theirs: where those fit, lines do. */
function createLineDir(file: string, own: Life): string {
  const paths = pathsOfFile(file, here())
  ensureControlDir(paths)
  removeLeftovers(paths.dir, own)
  const dir = mkdtempSync(join(paths.dir, PREFIX))
  writeFileSync(join(dir, OWNER), formatLife(own))
  return dir
}

const PREFIX = 'l-'
/** Says whose the folder is. */
const OWNER = 'owner'
/** Somebody may be about to write it. */
const UNOWNED_MS = 60_000

/** Of runtimes that were killed. */
function removeLeftovers(root: string, own: Life): void {
  for (const name of readdirSync(root)) {
    const dir = join(root, name)
    if (name.startsWith(PREFIX) && isLeftover(dir, own)) rmSync(dir, { recursive: true, force: true })
  }
}

function isLeftover(dir: string, own: Life): boolean {
  try {
    const life = parseLife(readFileSync(join(dir, OWNER), 'latin1'))
    return life !== null && life.namespace === own.namespace && !isAlive(life)
  } catch {
    const stats = statSync(dir, { throwIfNoEntry: false })
    return stats !== undefined && Date.now() - stats.mtimeMs > UNOWNED_MS
  }
}
