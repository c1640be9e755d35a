import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '../../src/errors/meshrt-error.ts'
import { BENCH_DIR } from './paths.ts'

/** In node_modules, so that it goes when they go. */
const STAMP = join(BENCH_DIR, 'node_modules/.installed-from')

/** Installs the peers as their lock file names them, unless that is done. */
export async function installPeers(): Promise<void> {
  const lock = createHash('sha256')
    .update(await readFile(join(BENCH_DIR, 'package-lock.json')))
    .digest('hex')
  if ((await readStamp()) === lock) return
  console.error('Installing the peers of the benchmarks …')
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--prefix', BENCH_DIR], {
    cwd: BENCH_DIR,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  const [code] = (await once(npm, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`npm ci of the peers ended with ${String(code)}`)
  await writeFile(STAMP, lock)
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

async function readStamp(): Promise<string | null> {
  try {
    return await readFile(STAMP, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}
