import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { EXAMPLES } from '../../src/cli/examples.ts'
import { buildProgram } from '../../src/cli/program/build-program.ts'
import { scratch } from '../control/scratch.ts'
import { cli, openChild } from './run-cli.ts'

const program = buildProgram({ context: () => assert.fail(), finished: () => {}, out: () => {} })

test('every command has examples, each with options that it has', () => {
  assert.deepEqual(Object.keys(EXAMPLES).toSorted(), program.commands.map((command) => command.name()).toSorted())
  for (const command of program.commands) {
    const lines = EXAMPLES[command.name()] ?? []
    assert.ok(lines.length > 0, command.name())
    for (const line of lines) checkExample(line, command)
  }
})

function checkExample(line: string, command: Command): void {
  const [example = ''] = line.split(/ {3,}| \| /)
  assert.ok(example === `meshrt ${command.name()}` || example.startsWith(`meshrt ${command.name()} `), line)
  assert.ok(line.length <= 98, `${line.length} characters: ${line}`)
  const known = new Set(command.options.flatMap(({ short, long }) => [short, long]))
  for (const [, flag] of example.matchAll(/ (-{1,2}[a-z][a-z-]*)/g)) assert.ok(known.has(flag), `${flag} in ${line}`)
}

test('help is the overview, help of a command its options and examples, and of what is no command an error', async (t) => {
  const place = scratch(t)
  const runs = ['', 'help', '--help', 'help logs', 'logs --help', 'logs -h', 'help lgos', 'lgos --help'].map((text) =>
    text.split(' ').filter(Boolean),
  )
  const [nothing, help, flag, helpLogs, logsHelp, logsH, ...wrong] = await Promise.all(runs.map((args) => cli(place, args)))
  assert.equal(nothing?.code, 0)
  assert.match(nothing?.stdout ?? '', /^Usage: meshrt [^]*\n {2}logs [^]*meshrt help <command> shows its options/)
  assert.deepEqual([help, flag], [nothing, nothing])
  assert.match(helpLogs?.stdout ?? '', /^Usage: meshrt logs [^]*--grep <pattern>[^]*\nExamples:\n {2}meshrt logs -f auth/)
  assert.deepEqual([logsHelp, logsH], [helpLogs, helpLogs])
  for (const { code, stdout, stderr } of wrong) {
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /unknown command 'lgos' \(Did you mean logs\?\)/)
  }
})

test('-h asks for help only where an option of the command can stand', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const [value, data, operand, asked] = await Promise.all(
    ['request auth / -H -h', 'request auth / -d -h', 'describe -- -h', 'request auth / -d x -h'].map((text) => cli(place, text.split(' '))),
  )
  assert.deepEqual([value?.code, value?.stdout], [2, ''])
  assert.match(value?.stderr ?? '', /Cannot send the header "-h"/)
  assert.equal((JSON.parse(data?.stdout ?? '') as { sent: string }).sent, '-h')
  assert.deepEqual([operand?.code, operand?.stdout], [2, ''])
  assert.match(operand?.stderr ?? '', /MESHRT_UNKNOWN_SERVICE/)
  assert.match(asked?.stdout ?? '', /^Usage: meshrt request /)
})
