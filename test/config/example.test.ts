import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { loadSpec } from '../../src/config/load-spec.ts'
import { FILE_KEYS } from '../../src/config/schema.ts'

const EXAMPLE = join(import.meta.dirname, '../../meshrt.yaml.example')

for (const mode of ['start', 'dev'] as const) {
  test(`meshrt.yaml.example loads clean in ${mode}`, async () => {
    const spec = await loadSpec({ file: EXAMPLE, mode, env: {} })
    assert.deepEqual(
      spec.services.map(({ id, workers }) => [String(id), workers]),
      [
        ['gateway', mode === 'start' ? 2 : 1],
        ['auth', mode === 'start' ? 2 : 1],
        ['catalog', 1],
        ['orders', mode === 'start' ? 3 : 1],
      ],
    )
    assert.deepEqual([spec.name, spec.entrypoint, spec.server.port], ['shop', 'gateway', 3000])
  })
}

test('meshrt.yaml.example shows only keys that exist', async () => {
  const written = Object.keys(parse(await readFile(EXAMPLE, 'utf8')) as object)
  assert.deepEqual(
    written.filter((name) => !Object.hasOwn(FILE_KEYS, name)),
    [],
  )
})
