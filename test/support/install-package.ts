import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '../../src/errors/meshrt-error.ts'

/** Installs what a folder's lock file names, unless that is done. */
export async function installPackage(folder: string): Promise<void> {
  await onceFor([join(folder, 'package-lock.json')], join(folder, 'node_modules/.installed-from'), async () => {
    console.error(`Installing ${folder} …`)
    await runNpm(folder, ['ci', '--no-audit', '--no-fund'])
  })
}

/** Does the work unless the stamp says that it was done for what is in the files now. */
export async function onceFor(files: readonly string[], stamp: string, work: () => Promise<void>): Promise<void> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  const digest = hash.digest('hex')
  if ((await readStamp(stamp)) === digest) return
  await work()
  await writeFile(stamp, digest)
}

/** @throws Error when it ends with anything but 0 */
export async function runNpm(folder: string, args: readonly string[]): Promise<void> {
  const npm = spawn('npm', [...args, '--prefix', folder], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  const [code] = (await once(npm, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`npm ${args.join(' ')} in ${folder} ended with ${String(code)}`)
}

async function readStamp(stamp: string): Promise<string | null> {
  try {
    return await readFile(stamp, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}
