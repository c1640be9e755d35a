/**
 * Runs the tests given, or all but the suites. Those that call the command line use a package made for them, as users have it: its bundles take half
 * the time that the sources take. A single file run by `node --test` takes the sources.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { bundle } from './bundle.ts'

/** Packages are found in the folder above. */
const PACKAGE = resolve('.package')
mkdirSync(PACKAGE, { recursive: true })
await bundle(join(PACKAGE, 'dist'))
for (const name of ['bin', 'package.json']) cpSync(name, join(PACKAGE, name), { recursive: true })

const [, , ...args] = process.argv
const hasFiles = args.some((arg) => !arg.startsWith('-'))
const { status } = spawnSync(
  process.execPath,
  [
    '--import',
    './test/support/compile-cache.mjs',
    '--test',
    '--test-concurrency=3',
    '--test-timeout=120000',
    ...args,
    ...(hasFiles ? [] : ['test/**/*.test.ts']),
  ],
  { stdio: 'inherit', env: { ...process.env, MESHRT_TEST_PACKAGE: PACKAGE } },
)
process.exitCode = status ?? 1
