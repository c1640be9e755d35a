import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { REPOSITORY } from '../support/project.ts'
import { CHECKS } from './checks.ts'
import { withOutcomes, type Outcome } from './hosting-document.ts'
import { KINDS } from './kinds.ts'
import { isolationsOf, Site } from './site.ts'

// Every kind of service × every isolation, as the real CLI runs it. It takes minutes and needs what `install.ts` installs, so it is no part
// of `npm test`: `npm run test:frameworks`.

const DOCUMENT = join(REPOSITORY, 'docs/hosting.md')

const outcomes: Outcome[] = []

for (const kind of KINDS) {
  for (const isolation of isolationsOf(kind)) {
    test(`${kind.name} (${isolation}): everything that the table says holds`, async (t) => {
      const site = await Site.start(t, kind, isolation)
      const columns: Record<string, true | null> = {}
      for (const [column, check] of Object.entries(CHECKS)) {
        await t.test(column, async () => {
          columns[column] = await check(site, kind)
        })
      }
      // What failed has no place in the table: its test says so.
      if (Object.keys(columns).length === Object.keys(CHECKS).length) outcomes.push({ kind: kind.name, isolation, columns })
    })
  }
}

test('docs/hosting.md has the table that this run has produced (UPDATE_DOCS=1 writes it)', (t) => {
  const whole = KINDS.reduce((sum, kind) => sum + isolationsOf(kind).length, 0)
  if (outcomes.length < whole) return t.skip(`only ${outcomes.length} of ${whole} were run and held`)
  const document = readFileSync(DOCUMENT, 'utf8')
  const expected = withOutcomes(document, outcomes)
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCUMENT, expected)
  assert.equal(readFileSync(DOCUMENT, 'utf8'), expected)
})
