import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Project, REPOSITORY } from '../support/project.ts'

interface Line {
  readonly level: number
  readonly msg: string
  readonly service?: string
  readonly source?: string
  readonly app?: string
  readonly big?: number
}

test("a service's output is whole lines in their order, pino's are merged, and what it said before process.exit() is there", async (t) => {
  const project = new Project(t, {
    entrypoint: 'none',
    restart: { startAttempts: 1 },
    onFailed: 'exit',
    services: { mix: { path: join(REPOSITORY, 'test/worker/services'), entry: 'output-mix.js' } },
  })
  const ended = await project.run('start')
  assert.equal(ended.code, 1, ended.stderr)
  const lines = ended.stdout.trimEnd().split('\n').map((text) => JSON.parse(text) as Line) // prettier-ignore
  const own = lines.filter(({ service, source }) => service === 'mix' && source === undefined)
  assert.deepEqual(own.map(({ level, msg }) => [level, msg]), [[30, 'first'], [30, 'second'], [50, 'third'], [30, 'fourth'], [50, 'last words']]) // prettier-ignore
  assert.deepEqual([own[1]?.app, own[1]?.big], ['mix', 12345678901234])
})
