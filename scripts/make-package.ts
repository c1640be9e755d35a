import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.ts'

/** What npm would install of meshrt, in `folder`, which has to lie in the checkout: packages are found in the folder above. */
export async function makePackage(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await bundle(join(folder, 'dist'))
  for (const name of ['bin', 'package.json']) cpSync(name, join(folder, name), { recursive: true })
}
