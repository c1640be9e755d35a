import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { bundle } from '../scripts/bundle.ts'
import { tempDir } from './support/temp-dir.ts'

test('bundles import nothing but each other: no package, and no module of Node, which would cost each thread its built-in undici', async (t) => {
  const dir = tempDir(t)
  await bundle(dir)
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))
  assert.ok(files.includes(join('worker', 'main.js')) && files.includes(join('cli', 'main.js')), files.join(' '))
  for (const file of files) {
    const code = readFileSync(join(dir, file), 'utf8')
    const imported = [...code.matchAll(/^(?:import|\} from|export .* from)\b[^'"\n]*["']([^"']+)["'];?$/gm)].map(([, name]) => name ?? '')
    assert.deepEqual(
      imported.filter((name) => !name.startsWith('.')),
      [],
      file,
    )
    assert.deepEqual(
      [...code.matchAll(/\b(?:import|__require)\("([^"]+)"\)/g)].map(([, name]) => name ?? '').filter((name) => isBuiltin(name)),
      [],
      file,
    )
  }
  const licences = readFileSync(join(dir, 'THIRD-PARTY-LICENCES.txt'), 'utf8')
  for (const name of ['zod', 'commander', 'pino']) assert.match(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'))
})
