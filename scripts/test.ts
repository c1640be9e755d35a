/**
 * Runs the tests given, or all but the suites. Those that call the command line use a package made for them, as users have it: its bundles take half
 * the time that the sources take. A single file run by `node --test` takes the sources.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { makePackage } from './make-package.ts'

/** Tests of what has no side effects, or only those that a test gives it: they share one process, as most would take longer to start than to run. */
const SHARING_A_PROCESS = new Set([
  'config',
  'environment',
  'errors',
  'health',
  'log',
  'metrics',
  'model',
  'runtime',
  'supervision',
  'watch',
])

const PACKAGE = resolve('.package')
const NODE = ['--import', './test/support/compile-cache.mjs', '--test', '--test-timeout=120000']
const env = { ...process.env, MESHRT_TEST_PACKAGE: PACKAGE }

await makePackage(PACKAGE)
const [, , ...args] = process.argv
const hasFiles = args.some((arg) => !arg.startsWith('-'))
process.exitCode = hasFiles ? await run(['--test-concurrency=3', ...args]) : await runAll(args)

/** The quick ones beside the others, and told after them. */
async function runAll(options: readonly string[]): Promise<number> {
  const folders = readdirSync('test', { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const globs = (sharing: boolean): readonly string[] =>
    folders.filter(({ name }) => SHARING_A_PROCESS.has(name) === sharing).map(({ name }) => `test/${name}/**/*.test.ts`)
  const quick = spawn(process.execPath, [...NODE, '--test-isolation=none', ...options, ...globs(true)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const quickEnded = once(quick, 'exit') as Promise<[number | null]>
  const said = text(quick.stdout)
  const others = await run(['--test-concurrency=3', ...options, 'test/*.test.ts', ...globs(false)])
  process.stdout.write(await said)
  const [code] = await quickEnded
  return others === 0 ? (code ?? 1) : others
}

async function run(rest: readonly string[]): Promise<number> {
  const [code] = (await once(spawn(process.execPath, [...NODE, ...rest], { env, stdio: 'inherit' }), 'exit')) as [number | null]
  return code ?? 1
}
