import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { installPackage, onceFor, runNpm } from '../support/install-package.ts'
import { REPOSITORY } from '../support/project.ts'

export const FRAMEWORKS = join(REPOSITORY, 'fixtures/frameworks')

/** Services that run from what a build makes of them. */
const BUILT = ['nest', 'next'] as const

/** What builds leave behind. */
const PRODUCTS = /^(?:dist|\.next|node_modules|next-env\.d\.ts)(?:\/|$)/

/** Installs the frameworks and builds what has to be built, each unless that is done. */
export async function installFrameworks(): Promise<void> {
  await installPackage(FRAMEWORKS)
  for (const service of BUILT) {
    const files = [join(FRAMEWORKS, 'package-lock.json'), ...sourcesOf(join(FRAMEWORKS, service))]
    await onceFor(files, join(FRAMEWORKS, `node_modules/.built-${service}`), async () => {
      console.error(`Building ${service} …`)
      await runNpm(FRAMEWORKS, ['run', `build:${service}`])
    })
  }
}

function sourcesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !PRODUCTS.test(file.slice(folder.length + 1)))
    .toSorted()
}

// `npm run test:frameworks` runs this file before the tests.
if (import.meta.main) await installFrameworks()
