import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { cellsOf } from './cells.ts'
import { allClients } from './clients/all.ts'
import { renderConformance, withConformance } from './conformance-document.ts'
import { DOCUMENTED } from './differences.ts'
import { judge, outdated, type PlayedCell, type Verdict } from './judge.ts'
import { playCells } from './run.ts'
import { SCENARIOS } from './scenarios/all.ts'
import { SERVER_KINDS } from './servers/all.ts'

// Every client × every kind of server × every scenario, over loopback TCP and over the mesh: the client and the server must
// see the same.

const RUN_TIMEOUT_MS = 120_000
const DOCUMENT = join(import.meta.dirname, '../../../docs/mesh.md')

const clients = allClients()
const cells = cellsOf(clients, SERVER_KINDS, SCENARIOS)
let played: readonly PlayedCell[] = []

before(
  async () => {
    const { tcp, mesh } = await playCells(cells)
    played = cells.map((cell, i) => ({ cell, tcp: tcp[i] ?? NOTHING, mesh: mesh[i] ?? NOTHING }))
  },
  { timeout: RUN_TIMEOUT_MS },
)

const NOTHING = { seen: [], server: [], problem: 'it was not played' }

// The first one waits for the whole run.
test('canary: the table is not empty, and every scenario is played by somebody to somebody', { timeout: RUN_TIMEOUT_MS }, () => {
  assert.ok(cells.length > 4_000, `only ${cells.length} cells`)
  const unplayed = SCENARIOS.filter(({ name }) => !cells.some(({ scenario }) => scenario === name))
  assert.deepEqual(unplayed, [])
})

for (const { name } of clients) {
  test(`${name}: works with every kind of server, over the mesh as over TCP`, () => {
    const failures = played.filter(({ cell }) => cell.client === name).flatMap((one) => describeFailure(one) ?? [])
    assert.equal(failures.length, 0, `${failures.length} failures\n${failures.slice(0, 20).join('\n')}`)
  })
}

test('every documented difference is there with every client that it names', () => {
  assert.deepEqual(outdated(played, DOCUMENTED), [])
})

test('docs/mesh.md has the table that this run has produced (UPDATE_DOCS=1 writes it)', () => {
  const verdicts = (client: string, server: string): readonly Verdict[] =>
    played.filter(({ cell }) => cell.client === client && cell.server === server).map((one) => judge(one, DOCUMENTED))
  const table = { clients: clients.map(({ name }) => name), servers: SERVER_KINDS.map(({ name }) => name), verdicts }
  const document = readFileSync(DOCUMENT, 'utf8')
  const expected = withConformance(document, renderConformance(table))
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCUMENT, expected)
  assert.equal(readFileSync(DOCUMENT, 'utf8'), expected)
})

function describeFailure(one: PlayedCell): string | null {
  const verdict = judge(one, DOCUMENTED)
  const where = `${one.cell.server}, ${one.cell.scenario}`
  switch (verdict.kind) {
    case 'same':
      return null
    case 'wrong':
      return `${where}: over ${verdict.transport} ${verdict.problem}`
    case 'different':
      return verdict.differences
        .map(({ path, tcp, mesh }) => `${where}: ${path} is ${JSON.stringify(tcp)} over TCP, ${JSON.stringify(mesh)} over the mesh`)
        .join('\n')
  }
}
