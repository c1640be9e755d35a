import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RuntimeSpec } from '../model/spec.ts'
import { killOrphans } from '../pool/process/orphans.ts'
import type { RunId } from '../pool/process/child.ts'

/** What a runtime needs for workers that are processes. */
export interface ProcessPlace {
  /**
   * A folder for this user alone: the sockets and ledgers of the lines to and from processes. Every worker is told where it would be, so
   * that processes can come later.
   */
  readonly lineDir: string
  /** To be called before a process is launched. What a runtime of the same file has left behind when it was killed is ended, and the folder made. */
  open(): RunId
  close(): void
}

export function createProcessPlace({ file }: Pick<RuntimeSpec, 'file'>): ProcessPlace {
  const application = createHash('sha256').update(file).digest('hex').slice(0, 16)
  // Socket paths are short: not below the runtime file, which may be deep. Nobody can guess the name, and so be there first.
  const lineDir = join(tmpdir(), `meshrt-lines-${randomBytes(8).toString('hex')}`)
  let run: RunId | null = null
  return {
    lineDir,
    open() {
      if (run !== null) return run
      killOrphans(application)
      mkdirSync(lineDir, { mode: 0o700 })
      run = `${application}.${process.pid}`
      return run
    },
    close: () => rmSync(lineDir, { recursive: true, force: true }),
  }
}
