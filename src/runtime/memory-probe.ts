import { readFile } from 'node:fs/promises'
import { freemem, totalmem } from 'node:os'
import { join } from 'node:path'
import type { MemoryRoom } from '../supervision/memory-room.ts'
import { groupFolders, isUnreadable, type GroupFolder } from './cgroup.ts'

/** Text of a file of the system; null when there is none. */
export type ReadSystemFile = (path: string) => Promise<string | null>

interface Host {
  readonly freeBytes: number
  readonly totalBytes: number
}

/** The smallest of the limits that hold for this process: those of its cgroups (version 2, else 1), and the machine itself. */
export async function probeMemory(read: ReadSystemFile = readSystemFile, host: Host = thisHost()): Promise<MemoryRoom> {
  const [membership, meminfo] = await Promise.all([read('/proc/self/cgroup'), read('/proc/meminfo')])
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo ?? '')?.[1]
  const machine = { freeBytes: available === undefined ? host.freeBytes : Number(available) * 1024, totalBytes: host.totalBytes }
  const groups = await Promise.all(groupFolders(membership ?? '', 'memory').map((folder) => probeGroup(folder, read)))
  return [machine, ...groups.filter((group) => group !== null)].reduce((least, one) => (one.freeBytes < least.freeBytes ? one : least))
}

const FILES = {
  1: { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', cache: /^total_inactive_file (\d+)$/m },
  2: { limit: 'memory.max', used: 'memory.current', cache: /^inactive_file (\d+)$/m },
} as const

/** Null without a limit. Page cache that is not in use counts as free, as in Kubernetes' working set. */
async function probeGroup({ path, version }: GroupFolder, read: ReadSystemFile): Promise<MemoryRoom | null> {
  const files = FILES[version]
  const [limit, used, stat] = await Promise.all([
    read(join(path, files.limit)),
    read(join(path, files.used)),
    read(join(path, 'memory.stat')),
  ])
  const totalBytes = numberOf(limit)
  const usedBytes = numberOf(used)
  if (totalBytes === null || usedBytes === null) return null
  const cacheBytes = Number(files.cache.exec(stat ?? '')?.[1] ?? 0)
  return { freeBytes: Math.max(0, totalBytes - Math.max(0, usedBytes - cacheBytes)), totalBytes }
}

/** `max`, and version 1's number for it, are no limit. */
function numberOf(text: string | null): number | null {
  const value = /^\d+$/.test(text?.trim() ?? '') ? Number(text) : Number.POSITIVE_INFINITY
  return value < 2 ** 60 ? value : null
}

function thisHost(): Host {
  return { freeBytes: freemem(), totalBytes: totalmem() }
}

async function readSystemFile(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isUnreadable(error)) return null
    throw error
  }
}
