import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folders of the packages that files of a bundle come from, each once. @param files paths from the project's root */
export function bundledPackages(files: readonly string[]): readonly string[] {
  const folders = files.map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0])
  return [...new Set(folders.filter((folder) => folder !== undefined))].toSorted()
}

/** What their licences ask to be passed on with a copy of them. @throws Error for a package without any */
export function licencesOf(packages: readonly string[]): string {
  const texts = packages.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    if (files.length === 0 && license === undefined) throw new Error(`Cannot bundle ${folder}: it has no licence`)
    const bodies = files.map((file) => readFileSync(join(folder, file), 'utf8').trim())
    return [`${String(name)} ${String(version)} (${String(license)})`, ...bodies].join('\n\n')
  })
  return `meshrt contains code of these packages.\n\n${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}
