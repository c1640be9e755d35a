import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { buildProgram } from '../../src/cli/program/build-program.ts'
import { CATALOGUE } from '../../src/errors/catalogue.ts'
import { DOC, withScreens } from './ps-screens.ts'

const document = readFileSync(DOC, 'utf8')

test('the ps screens in docs/cli.md are what ps prints (else run: node test/cli/ps-screens.ts)', () => {
  assert.equal(withScreens(document), document)
})

test('docs/cli.md lists the commands of the program, both ways', () => {
  const program = buildProgram({ context: () => assert.fail(), finished: () => {}, out: () => {} })
  const commands = program.commands.map((command) => command.name()).sort()
  const table = document.split('## Commands')[1]?.split('\n## ')[0] ?? ''
  // A command may have a row for each of its forms.
  const documented = new Set([...table.matchAll(/^\| `([a-z]+)/gm)].map((match) => match[1] ?? ''))
  assert.deepEqual([...documented].sort(), commands)
})

test('docs/cli.md lists every option of every command', () => {
  const program = buildProgram({ context: () => assert.fail(), finished: () => {}, out: () => {} })
  for (const option of [program, ...program.commands].flatMap((command) => command.options)) {
    assert.match(document, new RegExp(`\`[^\`]*${option.short ?? option.long ?? ''}\\b`), option.flags)
  }
})

test('docs/cli.md lists every exit code of the catalogue', () => {
  const table = document.split('## Exit codes')[1]?.split('\n## ')[0] ?? ''
  const documented = new Set([...table.matchAll(/^\| (\d+) +\|/gm)].map((match) => Number(match[1])))
  for (const { exitCode } of Object.values(CATALOGUE)) assert.ok(documented.has(exitCode), String(exitCode))
})
