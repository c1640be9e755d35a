import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { REPOSITORY } from '../support/project.ts'
import { tempDir } from '../support/temp-dir.ts'

/** Those that are about what travels on a line; `.ci/run` does the same with all of them and the conformance suite. */
const FILES = ['bodies', 'ends', 'flow-control', 'requests', 'stuck', 'threads', 'tunnel-threads', 'tunnel-upgrades']

test('what holds for lines between threads holds for lines to and from processes', async (t) => {
  const lines = tempDir(t)
  const files = FILES.map((name) => join(REPOSITORY, `test/mesh/${name}.test.ts`))
  const child = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files], {
    // The runner would take it for one of its own otherwise.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, MESHRT_TEST_LINES: lines },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 110_000,
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 0, output)
  assert.match(output, /pass [1-9]/)
  assert.deepEqual(readdirSync(lines), [], 'no socket and no ledger is left')
})
