import { readFile } from 'node:fs/promises'
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import { peerVersions } from './install-peers.ts'
import type { BenchDocument } from './report/result.ts'

/** Everything without which the numbers mean nothing. */
export async function conditions({ quick }: { readonly quick: boolean }): Promise<Omit<BenchDocument, 'benchmarks'>> {
  const own = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
  return {
    schema: 'meshrt.bench/v1',
    date: new Date().toISOString(),
    quick,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      platform: `${platform()} ${release()} ${arch()}`,
      node: process.versions.node,
    },
    versions: { meshrt: own.version, ...(await peerVersions()) },
  }
}
