import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isErrno } from '../errors/meshrt-error.ts'

/** Absolute path of the nearest `meshrt.yaml` in a folder or above it; null when there is none. */
export function findRuntimeFile(startDir: string): string | null {
  const folder = resolve(startDir)
  const file = join(folder, 'meshrt.yaml')
  if (isFile(file)) return file
  const parent = dirname(folder)
  return parent === folder ? null : findRuntimeFile(parent)
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  } catch (error) {
    // In a folder that may not be searched there is nothing to be found, and further up there may be.
    if (isErrno(error, 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG')) return false
    throw error
  }
}
