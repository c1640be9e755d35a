/**
 * Runs the tests given, or all but the suites. Those that call the command line use a package made for them, as users have it: its bundles take half
 * the time that the sources take. A single file run by `node --test` takes the sources.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { makePackage } from './make-package.ts'

/** Tests of what has no side effects, or only those that a test gives it and takes back: they share one process, as most would take longer to start than to run. */
const SHARING_A_PROCESS = new Set([
  'config',
  'control',
  'environment',
  'errors',
  'health',
  'ingress',
  'itc',
  'log',
  'metrics',
  'model',
  'pool',
  'runtime',
  'supervision',
  'watch',
  'worker',
])

/** What takes longest begins first and beside the others, or all would wait for it in the end. */
const LONG = [
  'test/mesh/conformance/conformance.test.ts',
  'test/e2e/health.test.ts',
  'test/e2e/detach.test.ts',
  'test/cli/matrix.test.ts',
  'test/e2e/churn/crash.test.ts',
  'test/worker/drain.test.ts',
  'test/pool/habitats.test.ts',
  'test/e2e/guardian.test.ts',
]

const PACKAGE = resolve('.package')
const NODE = ['--import', './test/support/compile-cache.mjs']
const TIMEOUT_MS = 120_000
const AT_ONCE = 3

await makePackage(PACKAGE)
process.env['MESHRT_TEST_PACKAGE'] = PACKAGE
const [, , ...args] = process.argv
const hasFiles = args.some((arg) => !arg.startsWith('-'))
if (args.length === 0) await runAll()
else process.exitCode = await ended(runNode([`--test-concurrency=${AT_ONCE}`, ...args, ...(hasFiles ? [] : ['test/**/*.test.ts'])]))

/** The quick ones beside the others, and told after them. */
async function runAll(): Promise<void> {
  const found = globSync('test/**/*.test.ts', { exclude: ['**/node_modules/**'] }).map((file) => file.replaceAll(sep, '/'))
  for (const file of LONG) if (!found.includes(file)) throw new Error(`There is no ${file} among the tests`)
  const files = found.toSorted((one, other) => rankOf(one) - rankOf(other))
  const quick = runNode(['--test-isolation=none', ...files.filter(sharesAProcess)], 'pipe')
  const quickEnded = ended(quick)
  const said = quick.stdout === null ? '' : text(quick.stdout)
  const others = run({
    files: files.filter((file) => !sharesAProcess(file)),
    concurrency: AT_ONCE,
    execArgv: NODE,
    timeout: TIMEOUT_MS,
  })
  // The last summary is that of all files.
  let succeeded = false
  others.on('test:summary', ({ success }) => (succeeded = success))
  await pipeline(others, new spec(), process.stdout, { end: false })
  process.stdout.write(await said)
  const code = await quickEnded
  process.exitCode = succeeded ? code : 1
}

function sharesAProcess(file: string): boolean {
  return SHARING_A_PROCESS.has(file.split('/')[1] ?? '') && !LONG.includes(file)
}

/** Those that call the command line take longer than the others. */
function rankOf(file: string): number {
  if (LONG.includes(file)) return LONG.indexOf(file)
  return LONG.length + (file.startsWith('test/e2e/') ? 0 : 1)
}

function runNode(rest: readonly string[], stdout: 'inherit' | 'pipe' = 'inherit'): ChildProcess {
  return spawn(process.execPath, [...NODE, '--test', `--test-timeout=${TIMEOUT_MS}`, ...rest], { stdio: ['ignore', stdout, 'inherit'] })
}

async function ended(child: ChildProcess): Promise<number> {
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}
