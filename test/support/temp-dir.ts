import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'

/** Whoever is told, when it ends, to clear away what was made for it: a test, or a soak run. */
export type Owner = Pick<TestContext, 'after'>

/** A folder of the test's own, gone when the test ends. Short, because socket paths hold about 100 bytes. */
export function tempDir(t: Owner): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'mrt-')))
  t.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }))
  return path
}

/** Relative path → content. */
export type Files = Readonly<Record<string, string>>

export function writeFiles(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
}
