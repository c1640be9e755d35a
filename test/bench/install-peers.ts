import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installPackage } from '../support/install-package.ts'
import { BENCH_DIR } from './paths.ts'

/** Installs the peers as their lock file names them, unless that is done. */
export function installPeers(): Promise<void> {
  return installPackage(BENCH_DIR)
}

/** Package → installed version, of the peers. */
export async function peerVersions(): Promise<Readonly<Record<string, string>>> {
  const { dependencies } = await readPackage(join(BENCH_DIR, 'package.json'))
  const names = Object.keys(dependencies ?? {})
  const versions = names.map(async (name) => [name, (await readPackage(join(BENCH_DIR, 'node_modules', name, 'package.json'))).version])
  return Object.fromEntries(await Promise.all(versions)) as Record<string, string>
}

interface PackageFile {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
}

async function readPackage(file: string): Promise<PackageFile> {
  return JSON.parse(await readFile(file, 'utf8')) as PackageFile
}
