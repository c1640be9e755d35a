import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { Route } from '../../src/control/route.ts'
import { ROUTES } from '../../src/control/routes/table.ts'
import { answerSchema } from '../../src/control/schemas/answer.ts'
import { fencedBlocks } from '../support/markdown.ts'
import { Project, PUPPET, REPOSITORY } from '../support/project.ts'

const run = promisify(execFile)

interface Section {
  readonly name: string
  readonly lines: readonly string[]
}

/** Every route of docs/control-api.md with its examples, in the order of the document. */
function sections(): readonly Section[] {
  const [, ...parts] = readFileSync(join(REPOSITORY, 'docs/control-api.md'), 'utf8').split(/^### /m)
  return parts.map((part) => {
    const [, name = ''] = /^`(.+)`$/m.exec(part) ?? []
    return { name, lines: fencedBlocks(part, 'sh').flatMap((block) => block.split('\n').filter((line) => line.startsWith('curl '))) }
  })
}

test('docs/control-api.md has every route of the table, each with an example, and no other', () => {
  assert.deepEqual(
    sections()
      .map(({ name }) => name)
      .toSorted(),
    ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted(),
  )
  for (const { name, lines } of sections()) assert.ok(lines.length > 0, `${name} has no example`)
})

test('every curl example of docs/control-api.md does what its route says, with an answer as its schema has it', async (t) => {
  const project = new Project(
    t,
    {
      entrypoint: 'gateway',
      server: { port: 0 },
      services: { gateway: { path: PUPPET, dependsOn: ['auth'] }, auth: { path: PUPPET, workers: 2, env: { API_TOKEN: 's3cret' } } },
    },
    // Where curl is missing this test fails: it is what the document is about.
    { files: { '.curlrc': 'silent\nshow-error\nfail-with-body\nmax-time = 30\n' } },
  )
  const running = await project.start()
  const socket = readdirSync(project.socketDir).find((name) => name.endsWith('.sock'))
  assert.ok(socket)
  const env = { ...process.env, SOCKET: join(project.socketDir, socket), CURL_HOME: project.root }
  for (const { name, lines } of sections()) {
    const route = ROUTES.find(({ method, path }) => `${method} ${path}` === name)
    assert.ok(route, name)
    for (const line of lines) check(route, { line, answer: (await run('sh', ['-c', line], { env })).stdout })
  }
  const { code } = await running.cli.ended()
  assert.equal(code, 0)
})

function check(route: Route, { line, answer }: { readonly line: string; readonly answer: string }): void {
  const schema = answerSchema(route.answer)
  assert.doesNotMatch(answer, /s3cret|meshrt\.error/, line)
  if (schema === null) return assert.match(answer, route.answer.kind === 'text' ? /^# TYPE meshrt_/m : /auth/, line)
  const texts = route.answer.kind === 'lines' || route.answer.kind === 'operation' ? answer.trim().split('\n') : [answer]
  for (const text of texts.filter((one) => one.trim() !== '')) {
    const { success, error } = schema.safeParse(JSON.parse(text))
    assert.ok(success, `${line}\n${text}\n${error?.message ?? ''}`)
  }
  if (route.answer.kind === 'operation') assert.match(texts.at(-1) ?? '', /^\{"type":"result"/, line)
}
