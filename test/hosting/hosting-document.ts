import { renderTable, withPart } from '../support/markdown.ts'

const BEGIN = '<!-- kinds: made by test/hosting/frameworks.suite.ts (UPDATE_DOCS=1 npm run test:frameworks) -->'
const END = '<!-- kinds: end -->'

/** What came out for one kind with one isolation: a column is true, or null when the kind has nothing of the sort. */
export interface Outcome {
  readonly kind: string
  readonly isolation: string
  readonly columns: Readonly<Record<string, true | null>>
}

/** docs/hosting.md with the table of these outcomes in its place. @throws when it has lost the marks */
export function withOutcomes(document: string, outcomes: readonly Outcome[]): string {
  const columns = Object.keys(outcomes[0]?.columns ?? {})
  const rows = outcomes.map(({ kind, isolation, columns: held }) => [
    kind,
    isolation,
    ...columns.map((column) => (held[column] === true ? 'yes' : '–')),
  ])
  return withPart(document, { begin: BEGIN, end: END, part: renderTable(['service kind', 'isolation', ...columns], rows) })
}
