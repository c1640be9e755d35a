import { renderTable, withPart } from '../../support/markdown.ts'
import { DOCUMENTED } from './differences.ts'
import type { Verdict } from './judge.ts'
import { SCENARIOS } from './scenarios/all.ts'
import { NOT_COMPARED } from './seen.ts'

const BEGIN = '<!-- conformance: made by test/mesh/conformance/conformance.test.ts (UPDATE_DOCS=1) -->'
const END = '<!-- conformance: end -->'

/** What happened in each cell of the table: `verdicts(client, server)`. */
export interface Table {
  readonly clients: readonly string[]
  readonly servers: readonly string[]
  readonly verdicts: (client: string, server: string) => readonly Verdict[]
}

/** The part of docs/mesh.md between the marks. */
export function renderConformance(table: Table): string {
  const rows = table.clients.map((client) => [client, ...table.servers.map((server) => renderCell(table.verdicts(client, server)))])
  return [
    renderTable(['client', ...table.servers], rows),
    `The scenarios: ${SCENARIOS.map(({ name }) => name).join(' · ')}.`,
    `Not compared: the headers ${[...NOT_COMPARED].map((name) => `\`${name}\``).join(', ')}, which belong to a connection or a moment; the texts of errors; the order of events within the server. These differ, and are meant to:`,
    DOCUMENTED.map(({ what, why, clients }) => `- ${what} ${why} (${clients.join(', ')})`).join('\n'),
  ].join('\n\n')
}

/** Puts the part in its place. @throws when the document has no marks. */
export function withConformance(document: string, part: string): string {
  return withPart(document, { begin: BEGIN, end: END, part })
}

/** How many scenarios were the same; a dash where there are none for the two. */
function renderCell(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return '–'
  const same = verdicts.filter(({ kind }) => kind === 'same').length
  return same === verdicts.length ? String(same) : `${same} of ${verdicts.length}`
}
