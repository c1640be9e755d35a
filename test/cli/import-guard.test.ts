import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratch } from '../control/scratch.ts'
import { SOURCE_BIN } from '../support/package.ts'
import { cli, openChild } from './run-cli.ts'

const COLLECTOR = new URL('./collect-modules.mjs', import.meta.url).href

test('ps loads what it needs to ask and to print, and nothing of the runtime', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const list = join(place.project, 'modules.txt')
  for (const args of [['ps'], ['ps', '--workers', '--json'], ['ps', '--health']]) {
    const { code } = await cli(place, args, { env: { MODULES_FILE: list }, execArgv: ['--import', COLLECTOR], bin: SOURCE_BIN })
    assert.equal(code, 0)
    const modules = readFileSync(list, 'utf8').split('\n')
    assert.ok(
      modules.some((url) => url.endsWith('/src/cli/commands/ps.ts')),
      'the collector has seen the command',
    )
    const packages = new Set(
      modules.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]).filter((name) => name !== undefined),
    )
    for (const name of ['undici', 'zod', 'pino', 'pino-pretty', 'chokidar', 'yaml', 'srvx', 'tsx', 'fastest-levenshtein']) {
      assert.ok(!packages.has(name), `${name} is loaded`)
    }
    const own = modules
      .filter((url) => !url.includes('/node_modules/'))
      .map((url) => /\/src\/(.+)$/.exec(url)?.[1])
      .filter((path) => path !== undefined)
    const foreign = own.filter(
      (path) => !/^(cli|control|errors|model)\//.test(path) && path !== 'config/find-file.ts' && path !== 'log/sanitise.ts',
    )
    assert.deepEqual(foreign, [])
    assert.deepEqual(
      modules.filter((url) => /^node:(undici|worker_threads|sqlite|inspector)/.test(url)),
      [],
    )
  }
})
