import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { displayWidth } from '../../src/cli/table.ts'
import { renderHealth } from '../../src/cli/views/health-table.ts'
import { renderServices } from '../../src/cli/views/service-table.ts'
import { renderWorkers } from '../../src/cli/views/worker-table.ts'
import { sanitise } from '../../src/log/sanitise.ts'
import { exampleView } from '../control/example-view.ts'
import { scratch, type Scratch } from '../control/scratch.ts'
import { WIDTHS } from './ps-screens.ts'
import { BIN } from '../support/package.ts'
import { openChild } from './run-cli.ts'

/** util-linux's `script` is on every Linux and needs nothing compiled; that of other systems takes other arguments. */
const NO_TERMINAL = spawnSync('script', ['--version']).stdout?.toString().includes('util-linux')
  ? false
  : 'there is no script of util-linux'

/** What the command writes to a terminal of this width: stdout and stderr, as they come. */
async function inTerminal(
  { project, env }: Scratch,
  { args, columns }: { readonly args: string; readonly columns: number },
): Promise<string> {
  const command = `stty cols ${columns} rows 40 && exec '${process.execPath}' '${BIN}' ${args}`
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    cwd: project,
    env: { ...env, SHELL: '/bin/sh', TERM: 'xterm-256color' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [screen, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>])
  assert.equal(code, 0, screen)
  return screen.replaceAll('\r\n', '\n')
}

const TABLES = { ps: renderServices, 'ps --workers': renderWorkers, 'ps --health': renderHealth } as const

test(
  'in a real terminal the tables of ps have colours, are as wide as it is at the most, and wrap nowhere',
  { skip: NO_TERMINAL },
  async (t) => {
    const place = scratch(t)
    await openChild(t, place)
    for (const columns of WIDTHS) {
      for (const [args, render] of Object.entries(TABLES)) {
        const screen = await inTerminal(place, { args, columns })
        assert.ok(screen.includes('\u001b[1m') && screen.includes('\u001b[32m'), 'bold and green')
        const rows = sanitise(screen, { multiline: true }).split('\n').filter((line) => /^(?:SERVICE|WORKER|gateway|auth|mailer)/.test(line)) // prettier-ignore
        // How long ago something was differs from the screens in the documentation; which columns there are does not.
        const [head = ''] = render(exampleView(), { maxWidth: columns, colour: false, nowMs: Date.now() }).split('\n')
        assert.deepEqual(rows[0]?.trim().split(/ {2,}/), head.trim().split(/ {2,}/), `${args} at ${columns}`)
        assert.equal(rows.length, args === 'ps' ? 4 : 7)
        for (const row of rows) assert.ok(displayWidth(row) <= columns, row)
      }
    }
  },
)

test('in a real terminal --no-color is plain, and --json is one line whatever the width', { skip: NO_TERMINAL }, async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  assert.ok(!(await inTerminal(place, { args: 'ps --no-color', columns: 80 })).includes('\u001b'))
  const json = await inTerminal(place, { args: 'ps --json', columns: 20 })
  assert.equal((JSON.parse(json) as { schema: string }).schema, 'meshrt.ps/v1')
})
