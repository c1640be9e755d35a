import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test, type TestContext } from 'node:test'
import { buildProgram } from '../../src/cli/program/build-program.ts'
import { scratch, type Scratch } from '../control/scratch.ts'
import { checkDocument, type DocumentName } from './documents.ts'
import { cli, openChild, type CliResult } from './run-cli.ts'

/** What a command needs, and so what can be wrong: a runtime that runs, a runtime file, or nothing. */
type Row = {
  /** Unique; its first word is the command. */
  readonly args: string
  readonly json: DocumentName
  /** With a name that is not there. */
  readonly wrong?: string
} & (
  | { readonly needs: 'runtime' }
  | { readonly needs: 'file' }
  /** Boots the services: that it works is shown by tests of its own. */
  | { readonly needs: 'file to start' }
  | { readonly needs: 'nothing' }
)

const ROWS: readonly Row[] = [
  { args: 'ps', needs: 'runtime', json: 'meshrt.ps/v1' },
  { args: 'ps --workers', needs: 'runtime', json: 'meshrt.ps/v1' },
  { args: 'ps --health', needs: 'runtime', json: 'meshrt.ps/v1' },
  { args: 'logs', wrong: 'logs auht', needs: 'runtime', json: 'a line of output' },
  { args: 'events', wrong: 'events auht', needs: 'runtime', json: 'an event' },
  { args: 'restart auth', wrong: 'restart auht', needs: 'runtime', json: 'meshrt.restart/v1' },
  { args: 'restart auth --hard --timeout 20s', needs: 'runtime', json: 'meshrt.restart/v1' },
  { args: 'scale auth=2', wrong: 'scale auht=2', needs: 'runtime', json: 'meshrt.scale/v1' },
  { args: 'start auth', wrong: 'start auht', needs: 'runtime', json: 'meshrt.start-service/v1' },
  { args: 'stop auth', wrong: 'stop auht', needs: 'runtime', json: 'meshrt.stop-service/v1' },
  { args: 'reload', needs: 'runtime', json: 'meshrt.reload/v1' },
  { args: 'reload --dry-run', needs: 'runtime', json: 'meshrt.reload/v1' },
  { args: 'describe auth', wrong: 'describe auht', needs: 'runtime', json: 'meshrt.describe/v1' },
  { args: 'wait gateway', wrong: 'wait auht', needs: 'runtime', json: 'meshrt.wait/v1' },
  { args: 'request auth /', wrong: 'request auht /', needs: 'runtime', json: 'meshrt.request/v1' },
  { args: 'stop', needs: 'runtime', json: 'meshrt.stop/v1' },
  { args: 'build', wrong: 'build webb', needs: 'file', json: 'meshrt.build/v1' },
  { args: 'env web', wrong: 'env webb', needs: 'file', json: 'meshrt.env/v1' },
  { args: 'env web --explain', needs: 'file', json: 'meshrt.env/v1' },
  { args: 'config', needs: 'file', json: 'meshrt.config/v1' },
  { args: 'config --origin', needs: 'file', json: 'meshrt.config-origin/v1' },
  { args: 'config --check', needs: 'file', json: 'meshrt.config-check/v1' },
  { args: 'start', needs: 'file to start', json: 'meshrt.start/v1' },
  { args: 'start -d', needs: 'file to start', json: 'meshrt.start/v1' },
  { args: 'dev', needs: 'file to start', json: 'meshrt.start/v1' },
  { args: 'smoke', needs: 'file to start', json: 'meshrt.smoke/v1' },
  { args: 'version', needs: 'nothing', json: 'meshrt.version/v1' },
]

const BROKEN = 'services: { web: { pth: ./web } }\n'
const MAX_AT_A_TIME = 4

test('every command has a row, and every row a command', () => {
  const program = buildProgram({ context: () => assert.fail(), finished: () => {}, out: () => {} })
  const inTable = new Set(ROWS.map(({ args }) => args.replace(/ .*/, '')))
  assert.deepEqual([...inTable].toSorted(), program.commands.map((command) => command.name()).toSorted())
})

test('what works: exit 0, data on stdout, no error on stderr; with --json the document of its schema', { timeout: 120_000 }, async (t) => {
  const place = placeWithFile(t)
  await openChild(t, place)
  const rows = ROWS.filter(({ needs }) => needs !== 'file to start')
  // `stop` ends it, so it comes last, and only once for each runtime.
  const shared = rows.filter(({ args }) => args !== 'stop')
  const runs = shared.flatMap((row) => [
    { row, args: row.args },
    { row, args: `${row.args} --json` },
  ])
  for (const { row, args, result } of await runAll(place, runs)) works(row, args, result)
  const stop = rows.find(({ args }) => args === 'stop')
  assert.ok(stop)
  works(stop, 'stop --json', await cli(place, ['stop', '--json']))
  await openChild(t, place)
  works(stop, 'stop', await cli(place, ['stop']))
})

function works({ json }: Row, args: string, { code, stdout, stderr }: CliResult): void {
  assert.equal(code, 0, `${args}: ${stderr}`)
  assert.doesNotMatch(stderr, /error:/, args)
  if (args.endsWith('--json')) checkDocument(stdout, json)
  // What a service answers is passed on as it is.
  else assert.match(stdout, args.startsWith('request ') ? /\S/ : /\S\n$/, args)
}

describe('what needs a runtime', () => {
  const rows = ROWS.filter(({ needs }) => needs === 'runtime')
  before(() => assert.ok(rows.length > 5, 'canary'))

  test('exits 3 when there is none, with the error on stderr, or as the one document with --json', async (t) => {
    // How an error is printed is the same for all of them.
    const runs = [...asTyped(rows), ...asTyped(rows.filter(isOneOf('ps', 'restart auth', 'stop')), '--json')]
    for (const { args, result } of await runAll(scratch(t), runs)) fails(args, result, { code: 3, error: 'MESHRT_NO_RUNTIME' })
  })

  test('exits 3 when the socket is stale, and leaves it to the next start', async (t) => {
    const place = scratch(t)
    const child = await openChild(t, place)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const left = readdirSync(place.controlDir).filter((name) => name.endsWith('.sock'))
    assert.equal(left.length, 1)
    for (const { args, result } of await runAll(place, asTyped(rows))) fails(args, result, { code: 3, error: 'MESHRT_NO_RUNTIME' })
    assert.deepEqual(
      readdirSync(place.controlDir).filter((name) => name.endsWith('.sock')),
      left,
    )
  })

  test('exits 3 for a runtime, file or socket that does not run, never with another one; 2 for a service that is not there', async (t) => {
    const place = scratch(t)
    await openChild(t, place)
    const elsewhere = ['--name nobody', '-c other.yaml', `--socket ${join(place.project, 'no.sock')}`]
    const runs = rows.map((row, at) => ({ row, args: `${row.args} ${elsewhere[at % elsewhere.length]}` }))
    for (const { args, result } of await runAll(place, runs)) fails(args, result, { code: 3, error: 'MESHRT_NO_RUNTIME' })
    const wrong = rows.flatMap((row) => (row.wrong === undefined ? [] : [{ row, args: row.wrong }]))
    for (const { args, result } of await runAll(place, wrong)) {
      fails(args, result, { code: 2, error: 'MESHRT_UNKNOWN_SERVICE' })
      assert.match(result.stderr, /Did you mean "auth"\?/, args)
    }
  })

  test('does not read the runtime file: one that is broken meanwhile keeps nobody from looking, or stopping', async (t) => {
    const place = scratch(t)
    writeFileSync(place.file, BROKEN)
    await openChild(t, place)
    for (const { row, args, result } of await runAll(place, asTyped(rows.filter(isOneOf('ps', 'restart'))))) works(row, args, result)
    assert.equal((await cli(place, ['stop'])).code, 0)
  })
})

describe('what reads the runtime file', () => {
  const rows = ROWS.filter(({ needs }) => needs === 'file' || needs === 'file to start')

  test('exits 78 when it is broken, with the place, or when it is not there', async (t) => {
    const place = scratch(t)
    writeFileSync(place.file, BROKEN)
    for (const { args, result } of await runAll(place, asTyped(rows))) {
      fails(args, result, { code: 78, error: 'MESHRT_CONFIG_INVALID' })
      assert.match(result.stderr, /meshrt\.yaml:1:20[^]*Unknown key `pth`[^]*Did you mean `path`\?/, args)
    }
    const some = rows.filter(isOneOf('config', 'start', 'smoke'))
    for (const { args, result } of await runAll(place, asTyped(some, '--json')))
      fails(args, result, { code: 78, error: 'MESHRT_CONFIG_INVALID' })
    for (const { args, result } of await runAll(place, asTyped(some, '-c nowhere.yaml')))
      fails(args, result, { code: 78, error: 'MESHRT_CONFIG_NOT_FOUND' })
  })

  test('exits 2 for a service that it does not have', async (t) => {
    const runs = rows.flatMap((row) => (row.wrong === undefined ? [] : [{ row, args: row.wrong }]))
    for (const { args, result } of await runAll(placeWithFile(t), runs)) {
      fails(args, result, { code: 2, error: 'MESHRT_UNKNOWN_SERVICE' })
      assert.match(result.stderr, /Did you mean "web"\?/, args)
    }
  })
})

function fails(args: string, { code, stdout, stderr }: CliResult, expected: { readonly code: number; readonly error: string }): void {
  assert.equal(code, expected.code, `${args}: ${stdout}${stderr}`)
  if (args.endsWith('--json')) {
    checkDocument(stdout, 'meshrt.error/v1')
    assert.ok(stdout.includes(expected.error), stdout)
    assert.equal(stderr, '', args)
    return
  }
  assert.equal(stdout, '', args)
  assert.ok(stderr.includes(expected.error), `${args}: ${stderr}`)
}

function isOneOf(...commands: readonly string[]): (row: Row) => boolean {
  return ({ args }) => commands.includes(args)
}

function asTyped(rows: readonly Row[], more = ''): readonly RunOf[] {
  return rows.map((row) => ({ row, args: `${row.args} ${more}`.trim() }))
}

interface RunOf {
  readonly row: Row
  readonly args: string
}

/** A few at a time: a command that waits for the processor may come too late for an answer. */
async function runAll(place: Scratch, runs: readonly RunOf[]): Promise<readonly (RunOf & { readonly result: CliResult })[]> {
  const results: (RunOf & { readonly result: CliResult })[] = []
  for (let at = 0; at < runs.length; at += MAX_AT_A_TIME) {
    const some = runs.slice(at, at + MAX_AT_A_TIME)
    results.push(...(await Promise.all(some.map(async (run) => ({ ...run, result: await cli(place, run.args.split(' ')) })))))
  }
  return results
}

/** A runtime file that is valid, with one service. */
function placeWithFile(t: TestContext): Scratch {
  const place = scratch(t)
  mkdirSync(join(place.project, 'web'))
  writeFileSync(join(place.project, 'web', 'index.mjs'), 'export default () => {}')
  writeFileSync(place.file, 'services: { web: { path: ./web } }\n')
  return place
}
