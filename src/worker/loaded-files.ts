import module from 'node:module'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../model/clock.ts'
import { OWN_CODE } from '../model/own-files.ts'

const BATCH_MS = 20
const OWN_FOLDER = fileURLToPath(OWN_CODE)
const PACKAGES = `${sep}node_modules${sep}`

export interface FileReporter {
  /** Reports what has come together since the last batch. */
  flush(): void
}

/**
 * Reports the files of the service as they are resolved, so that also one that then fails to load is known: its fix must be noticed.
 * Packages and meshrt's own files are left out.
 */
export function reportLoadedFiles(report: (files: readonly string[]) => void, clock: Clock): FileReporter {
  const known = new Set<string>()
  let batch: string[] = []
  let cancelTimer: (() => void) | null = null
  const flush = (): void => {
    cancelTimer?.()
    cancelTimer = null
    if (batch.length > 0) report(batch)
    batch = []
  }
  module.registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context)
      const path = servicePath(resolved.url)
      if (path !== null && !known.has(path)) {
        known.add(path)
        batch.push(path)
        cancelTimer ??= clock.schedule(BATCH_MS, flush)
      }
      return resolved
    },
  })
  process.once('exit', flush)
  return { flush }
}

function servicePath(url: string): string | null {
  if (!url.startsWith('file:')) return null
  const bare = new URL(url)
  bare.search = ''
  bare.hash = ''
  const path = fileURLToPath(bare)
  return path.includes(PACKAGES) || path.startsWith(OWN_FOLDER) ? null : path
}
