import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { isErrno } from '../errors/meshrt-error.ts'

/**
 * The working folder belongs to the process, and Node refuses `process.chdir()` in a worker thread. Modules that begin with it (Next's
 * standalone server) mean it for `process.cwd()` and `path.resolve()`, which this gives them; the runtime and other workers notice nothing.
 * What it cannot give: relative paths handed to `fs` start where the process is.
 */
export function giveWorkingFolder(warn: (message: string) => void): void {
  const real = process.cwd.bind(process)
  let folder: string | null = null
  const cwd = (): string => folder ?? real()
  const chdir = (directory: string): void => {
    const target = resolve(cwd(), directory)
    requireFolder(target, { from: cwd() })
    if (target !== real() && folder === null) warn(describeLimits(real()))
    folder = target
  }
  Object.assign(process, { cwd, chdir })
}

/** Fails as `chdir` does. */
function requireFolder(target: string, { from }: { readonly from: string }): void {
  const fail = (code: 'ENOENT' | 'ENOTDIR', what: string): Error =>
    Object.assign(new Error(`${code}: ${what}, chdir '${from}' -> '${target}'`), { code, syscall: 'chdir', path: from, dest: target })
  try {
    if (!statSync(target).isDirectory()) throw fail('ENOTDIR', 'not a directory')
  } catch (error) {
    throw isErrno(error, 'ENOENT') ? fail('ENOENT', 'no such file or directory') : error
  }
}

function describeLimits(real: string): string {
  return `process.chdir() of a thread moves process.cwd() and path.resolve(); relative paths given to fs still start at ${real} (\`isolation: process\` has a folder of its own)`
}
