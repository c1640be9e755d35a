import { readdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { describeKind, kindOf } from './disk.ts'
import { entryCandidates } from './entry-candidates.ts'
import type { Finding } from './finding.ts'
import { isErrno } from '../errors/meshrt-error.ts'
import type { AutoloadOrder, FoundFolder } from './autoload.ts'

/** The folders in `order.path` that can be services, by name. */
export async function findFolders(order: AutoloadOrder, root: string): Promise<FolderSearch> {
  const base = resolve(root, order.path)
  const kind = await kindOf(base)
  if (kind !== 'folder') return { folders: [], findings: [absent(`${base} ${describeKind(kind)}`)] }
  const names = await namesIn(base)
  if (names === null) return { folders: [], findings: [absent(`${base} may not be read`)] }
  const folders: FoundFolder[] = []
  for (const name of names.toSorted()) {
    const folder = join(base, name)
    if (isLeftOut(name) || order.exclude.includes(name) || !(await canBeService(folder))) continue
    folders.push({ name, folder, path: relative(root, folder) })
  }
  return { folders, findings: [] }
}

interface FolderSearch {
  readonly folders: readonly FoundFolder[]
  readonly findings: readonly Finding[]
}

function absent(message: string): Finding {
  const hint = '`autoload.path` is the folder that holds the folders of services, relative to the runtime file.'
  return { rule: 'autoload-folder', message, path: ['autoload', 'path'], hint }
}

async function namesIn(folder: string): Promise<readonly string[] | null> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM')) return null
    throw error
  }
}

function isLeftOut(name: string): boolean {
  return name.startsWith('.') || name.startsWith('_') || name === 'node_modules'
}

const SIGNS = ['package.json', ...entryCandidates(null)]

async function canBeService(folder: string): Promise<boolean> {
  if ((await kindOf(folder)) !== 'folder') return false
  for (const name of SIGNS) if ((await kindOf(join(folder, name))) === 'file') return true
  return false
}
