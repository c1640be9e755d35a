import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { fencedBlocks } from '../support/markdown.ts'
import { Project, REPOSITORY } from '../support/project.ts'

const SHIM = `#!/bin/sh\n[ "$1" = meshrt ] && shift && exec '${process.execPath}' '${join(REPOSITORY, 'bin/meshrt.mjs')}' "$@"\n`

test(
  'the recipe of docs/ci.md boots the shop, waits, checks, and stops',
  { skip: process.platform === 'win32' && 'it is for a shell' },
  async (t) => {
    const [recipe] = fencedBlocks(readFileSync(join(REPOSITORY, 'docs/ci.md'), 'utf8'), 'sh')
    assert.ok(recipe !== undefined && recipe.trim().split('\n').length <= 10, 'ten lines')
    const example = readFileSync(join(REPOSITORY, 'meshrt.yaml.example'), 'utf8')
    const project = new Project(t, example, { files: { 'recipe.sh': recipe, 'tools/npx': SHIM } })
    chmodSync(join(project.root, 'tools/npx'), 0o755)
    cpSync(join(REPOSITORY, 'fixtures/shop'), join(project.root, 'fixtures/shop'), { recursive: true })
    symlinkSync(join(REPOSITORY, 'node_modules'), join(project.root, 'node_modules'))
    const env = {
      ...process.env,
      PATH: [join(project.root, 'tools'), dirname(process.execPath), process.env['PATH']].join(delimiter),
      XDG_RUNTIME_DIR: dirname(project.socketDir),
      XDG_STATE_HOME: dirname(project.socketDir),
      NODE_TEST_CONTEXT: undefined,
      NODE_OPTIONS: undefined,
    }
    const { stdout, stderr } = await promisify(execFile)('sh', ['recipe.sh'], { cwd: project.root, env, timeout: 100_000 })
    assert.match(stdout, /^orders +ok +mesh[^]*is ready after[^]*Cup without a handle[^]*Stopped/m, stdout + stderr)
    assert.match(readFileSync(join(project.root, 'smoke.xml'), 'utf8'), /failures="0" errors="0"/)
    assert.equal((await project.run('ps')).code, 3)
  },
)
