import { readFile, stat } from 'node:fs/promises'
import { isErrno } from '../errors/meshrt-error.ts'

export type PathKind = 'file' | 'folder' | 'other' | 'missing' | 'denied'

export async function kindOf(path: string): Promise<PathKind> {
  try {
    const stats = await stat(path)
    if (stats.isFile()) return 'file'
    return stats.isDirectory() ? 'folder' : 'other'
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP')) return 'missing'
    if (isErrno(error, 'EACCES', 'EPERM')) return 'denied'
    throw error
  }
}

/** The text of a file that may be missing or unreadable, then null; not more than `maxBytes`. */
export async function readOptional(path: string, maxBytes: number): Promise<string | null> {
  if ((await kindOf(path)) !== 'file') return null
  try {
    const { size } = await stat(path)
    return size > maxBytes ? null : await readFile(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES', 'EPERM')) return null
    throw error
  }
}

/** Completes "/path …". */
export function describeKind(kind: PathKind): string {
  switch (kind) {
    case 'file':
      return 'is a file'
    case 'folder':
      return 'is a folder'
    case 'other':
      return 'is neither a file nor a folder'
    case 'missing':
      return 'does not exist'
    case 'denied':
      return 'may not be read'
  }
}
