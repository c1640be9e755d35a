import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { here } from '../control/here.ts'
import { ensureControlDir } from '../control/private-dir.ts'
import { isAlive, ownIdentity } from '../control/process-identity.ts'
import { controlDir, pathsOfFile } from '../control/socket-path.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import { killOrphans } from '../pool/process/orphans.ts'
import { formatLife, formatRun, ownNamespace, parseLife, type Life, type Run, type RunId } from '../pool/process/run.ts'

/** What a runtime needs for workers that are processes. */
export interface ProcessPlace {
  /**
   * A folder for this user alone: the sockets and ledgers of the lines to and from processes. Every worker is told where it would be, so
   * that the first process can come with a reload.
   */
  readonly lineDir: string
  /**
   * To be called before a process is launched: what a runtime of the same file has left behind when it was killed is ended, and the
   * folder made. Returns what is in the environment of everything that such a worker starts.
   * @throws MESHRT_SOCKET_UNSAFE, MESHRT_SOCKET_PATH_TOO_LONG
   */
  open(): RunId
  close(): void
}

/** `mayBlock`: whether nobody is served yet. */
export function createProcessPlace({ file }: Pick<RuntimeSpec, 'file'>, mayBlock: () => boolean): ProcessPlace {
  const application = createHash('sha256').update(file).digest('hex').slice(0, 16)
  // Beside the control sockets, and with paths that are no longer than theirs: where those fit, lines do.
  const lineDir = join(controlDir(here()), PREFIX + randomBytes(NAME_BYTES).toString('hex'))
  let opened: RunId | null = null
  return {
    lineDir,
    open() {
      if (opened !== null) return opened
      const run: Run = { application, ...ownIdentity(), namespace: ownNamespace() }
      killOrphans(run, { isAlive, waitMs: mayBlock() ? ORPHANS_MS : 0 })
      const paths = pathsOfFile(file, here())
      ensureControlDir(paths)
      removeLeftovers(paths.dir, run)
      mkdirSync(lineDir, { mode: 0o700 })
      writeFileSync(join(lineDir, OWNER), formatLife(run))
      opened = formatRun(run)
      return opened
    },
    close: () => rmSync(lineDir, { recursive: true, force: true }),
  }
}

const ORPHANS_MS = 2000
const NAME_BYTES = 3
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
