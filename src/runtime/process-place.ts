import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RuntimeSpec } from '../model/spec.ts'
import { killOrphans } from '../pool/process/orphans.ts'
import type { RunId } from '../pool/process/child.ts'

/** What a runtime needs for workers that are processes. */
export interface ProcessPlace {
  /** In the environment of everything that such a worker starts. */
  readonly run: RunId
  /** A folder for this user alone: the sockets and ledgers of the lines to and from processes. */
  readonly lineDir: string
  close(): void
}

/** Null when no service has processes of its own. What a runtime of the same file has left behind when it was killed is ended. */
export function openProcessPlace({ file, services }: RuntimeSpec): ProcessPlace | null {
  if (services.every(({ isolation, source }) => isolation === 'thread' && source.kind !== 'command')) return null
  const application = createHash('sha256').update(file).digest('hex').slice(0, 16)
  killOrphans(application)
  // Socket paths are short: not below the runtime file, which may be deep.
  const lineDir = mkdtempSync(join(tmpdir(), 'meshrt-lines-'))
  return { run: `${application}.${process.pid}`, lineDir, close: () => rmSync(lineDir, { recursive: true, force: true }) }
}
