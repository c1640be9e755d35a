import assert from 'node:assert/strict'
import { chmod, symlink, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { loadSpec } from '../../src/config/load-spec.ts'
import { ConfigError } from '../../src/errors/config-error.ts'
import { exitCodeOf } from '../../src/errors/meshrt-error.ts'
import { TWO_SERVICES, codeOf, makeWorkspace, pointedAt, summarise } from './workspace.ts'

const AUTH = 'services:\n  auth: { path: auth }\n'

test('loadSpec without a file is MESHRT_CONFIG_NOT_FOUND with exit code 78', async (t) => {
  const workspace = await makeWorkspace(t, {})
  const error = await loadSpec({ file: workspace.at('meshrt.yaml'), mode: 'start', env: {} }).catch((thrown: unknown) => thrown)
  assert.equal(error instanceof Error && 'code' in error && error.code, 'MESHRT_CONFIG_NOT_FOUND')
  assert.equal(exitCodeOf(error), 78)
})

test('loadSpec of a folder, of bytes that are not text and of a huge file is MESHRT_CONFIG_UNREADABLE', async (t) => {
  const workspace = await makeWorkspace(t, { 'folder/x': '', 'huge.yaml': '#'.repeat(300_000) })
  await writeFile(workspace.at('binary.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]))
  for (const name of ['folder', 'binary.yaml', 'huge.yaml', 'huge.yaml/x']) {
    assert.equal(await codeOf(loadSpec({ file: workspace.at(name), mode: 'start', env: {} })), 'MESHRT_CONFIG_UNREADABLE', name)
  }
})

test('loadSpec of a file that may not be read says so', { skip: process.getuid?.() === 0 }, async (t) => {
  const workspace = await makeWorkspace(t, { 'meshrt.yaml': AUTH })
  await chmod(workspace.at('meshrt.yaml'), 0)
  assert.equal(await codeOf(loadSpec({ file: workspace.at('meshrt.yaml'), mode: 'start', env: {} })), 'MESHRT_CONFIG_UNREADABLE')
})

test('an empty file, and one with comments only, has a problem at its start', async (t) => {
  const workspace = await makeWorkspace(t, {})
  for (const text of ['', '\n\n', '# nothing\n', '---\n']) {
    assert.deepEqual(summarise(await workspace.problems(text)), ['1:1 services-given'], JSON.stringify(text))
  }
})

test('a file without services has a problem', async (t) => {
  const workspace = await makeWorkspace(t, {})
  assert.deepEqual(summarise(await workspace.problems('name: shop\n')), ['1:1 services-given services'])
  assert.deepEqual(summarise(await workspace.problems('name: shop\nservices:\n')), ['2:1 services-given services'])
  assert.deepEqual(summarise(await workspace.problems('name: shop\nservices: {}\n')), ['2:1 services-given services'])
})

test('a file that is not a map has a problem', async (t) => {
  const workspace = await makeWorkspace(t, {})
  for (const text of ['just text\n', '- a\n- b\n', '42\n'])
    assert.deepEqual(summarise(await workspace.problems(text)), ['1:1 wrong-type'], text)
})

test('a YAML syntax error has a place and a hint', async (t) => {
  const workspace = await makeWorkspace(t, {})
  const [tab] = await workspace.problems('services:\n\tauth: 1\n')
  assert.equal(tab?.rule, 'yaml-syntax')
  assert.equal(tab?.line, 2)
  const [reference] = await workspace.problems('server: { port: ${PORT} }\n')
  assert.match(reference?.hint ?? '', /needs quotes/)
  assert.equal((await workspace.problems('a: 1\n---\nb: 2\n')).length, 1)
})

test('tags, aliases to nothing, anchors within themselves, doubled and dangerous keys are problems', async (t) => {
  const workspace = await makeWorkspace(t, {})
  for (const [text, line] of [
    ['a: 1\nb: !include x.yaml\n', 2],
    ['a: !!set { x }\n', 1],
    ['a: *nope\n', 1],
    ['a: &x\n  b: *x\n', 2],
    ['a: 1\nb: 2\na: 3\n', 3],
    ['services:\n  __proto__: { path: auth }\n', 2],
    ['? [a]\n: 1\n', 1],
    ['<<: text\n', 1],
  ] as const) {
    const [problem] = await workspace.problems(text)
    assert.equal(problem?.line, line, text)
    assert.match(problem?.rule ?? '', /^yaml-|duplicate-key/, text)
  }
})

test('aliases cannot multiply a small file into a huge document', async (t) => {
  const workspace = await makeWorkspace(t, {})
  const levels = Array.from({ length: 12 }, (_, index) => `l${index + 1}: &l${index + 1} [${Array(10).fill(`*l${index}`).join(', ')}]`)
  const [problem, ...others] = await workspace.problems(`l0: &l0 x\n${levels.join('\n')}\n`)
  assert.match(problem?.message ?? '', /values, aliases included/)
  assert.equal(others.length, 0)
})

test('nesting without end is a problem, not a stack overflow', async (t) => {
  const workspace = await makeWorkspace(t, {})
  for (const piece of ['[', '{a: ', '- ', '? ', 'a:\n']) {
    const text = piece === 'a:\n' ? Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n') : piece.repeat(30_000)
    assert.ok((await workspace.problems(text)).length > 0, piece)
  }
})

test('an unknown key is a problem with a suggestion', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const problems = await workspace.problems(
    'services:\n  auth:\n    path: auth\n    wrokers: 2\n    heap: 64mb\n    quux: 1\nentrypiont: auth\nport: 80\n',
  )
  assert.deepEqual(
    problems.map((problem) => [pointedAt(problem), problem.hint]),
    [
      ['wrokers', 'Did you mean `workers`?'],
      ['heap', '`heap` is a key of `limits`.'],
      ['quux', problems[2]?.hint],
      ['entrypiont', 'Did you mean `entrypoint`?'],
      ['port', '`port` is a key of `server`.'],
    ],
  )
  assert.match(problems[2]?.hint ?? '', /^Known here: path, entry,/)
})

test('a wrong type is a problem at the value', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const cases: readonly (readonly [string, string])[] = [
    ['name: [a]', '[a]'],
    ['server: 3000', '3000'],
    ['server: { port: "80" }', '"80"'],
    ['server: { port: 65536 }', '65536'],
    ['server: { port: 1.5 }', '1.5'],
    ['workers: 0', '0'],
    ['workers: -1', '-1'],
    ['workers: many', 'many'],
    ['workers: { min: 0 }', '0'],
    ['workers: { targetELU: 1 }', '1'],
    ['workers: { max: 1025 }', '1025'],
    ['rollout: { maxSurge: 25% }', '25%'],
    ['mesh: { domain: "a b" }', '"a b"'],
    ['mesh: { streamThreshold: 3 mb }', '3 mb'],
    ['health: { interval: 5 }', '5'],
    ['health: { interval: 5d }', '5d'],
    ['health: { maxELU: 1.1 }', '1.1'],
    ['health: { enabled: "true" }', '"true"'],
    ['restart: { jitter: -0.1 }', '-0.1'],
    ['restart: { policy: sometimes }', 'sometimes'],
    ['restart: { maxDelay: 1000h }', '1000h'],
    ['onFailed: panic', 'panic'],
    ['startTimeout: 0', '0'],
    ['logger: { level: loud }', 'loud'],
    ['env: { A: [1] }', '[1]'],
    ['envFile: 3', '3'],
  ]
  for (const [line, at] of cases) {
    const problems = await workspace.problems(`${line}\n${AUTH}`)
    assert.equal(problems.length, 1, line)
    assert.equal(problems[0]?.rule, 'wrong-type', line)
    const isBlock = at.startsWith('{') || at.startsWith('[')
    if (!isBlock) assert.equal(problems[0] && pointedAt(problems[0]), at, line)
  }
})

test('a value that only lacks its quotes, or has too many, gets a hint', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const [quoted] = await workspace.problems(`server: { port: "80" }\n${AUTH}`)
  assert.equal(quoted?.hint, 'Remove the quotes.')
  const [list] = await workspace.problems('services:\n  - path: auth\n')
  assert.match(list?.message ?? '', /`services` must be a map, not a list/)
})

test('limits below what a worker needs are problems', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  for (const limits of ['heap: 8mb', 'youngGeneration: 1kb', 'stack: 64kb', 'heap: 32mb, youngGeneration: 64mb']) {
    assert.equal((await workspace.problems(`services:\n  auth: { path: auth, limits: { ${limits} } }\n`)).length, 1, limits)
  }
})

test('all problems of a file are reported at once and in the order of the file', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const text = [
    'entrypoint: auht',
    'wrokers: 2',
    'restart: { delay: 2m, maxDelay: 1m }',
    'services:',
    '  auth:',
    '    path: auth',
    '    workers: ${WORKERS}',
    '    dependsOn: [db, nope, auth]',
    '    env: { TOKEN: "${MISSING}" }',
    '  db:',
    '    path: ./database',
    '    dependsOn: [auth]',
    '    health: { maxELU: 2 }',
    '  Mail: { path: auth, entry: main.js }',
    '  web: 5',
  ].join('\n')
  assert.deepEqual(summarise(await workspace.problems(text, { env: { WORKERS: 'two' } })), [
    '1:13 entrypoint-known entrypoint',
    '2:1 unknown-key wrokers',
    '3:19 restart-delays restart.delay',
    '7:14 wrong-type services.auth.workers',
    '8:21 dependency-known services.auth.dependsOn[1]',
    '8:27 dependency-known services.auth.dependsOn[2]',
    '9:20 missing-variable services.auth.env.TOKEN',
    '11:11 service-folder services.db.path',
    '12:17 dependency-cycle services.db.dependsOn[0]',
    '13:23 wrong-type services.db.health.maxELU',
    '14:3 service-id services.Mail',
    '14:30 service-entry services.Mail.entry',
    '15:8 wrong-type services.web',
  ])
})

test('ConfigError lists no more than a hundred problems and counts the rest', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const unknown = Array.from({ length: 500 }, (_, index) => `key${index}: 1`).join('\n')
  const error = await workspace.load(`${AUTH}${unknown}\n`).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof ConfigError)
  assert.equal(error.problems.length, 100)
  assert.match(error.message, /500 problems/)
})

test('a problem within an anchor is said once, at the anchor', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const text =
    'health: &h\n  maxELU: 2\nservices:\n  auth: { path: auth, health: *h }\n  db:\n    path: db\n    health: { <<: *h, interval: x }\n'
  assert.deepEqual(summarise(await workspace.problems(text)), [
    '2:11 wrong-type health.maxELU',
    '7:33 wrong-type services.db.health.interval',
  ])
})

test('an unknown entrypoint, and one that is not enabled, is a problem', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const [unknown] = await workspace.problems(`entrypoint: auht\n${AUTH}`)
  assert.deepEqual([unknown && pointedAt(unknown), unknown?.hint], ['auht', 'Did you mean `auth`?'])
  const text = 'entrypoint: auth\nservices:\n  auth: { path: auth, enabled: { dev: false } }\n  db: { path: db }\n'
  assert.equal((await workspace.load(text)).entrypoint, 'auth')
  assert.deepEqual(summarise(await workspace.problems(text, { mode: 'dev' })), ['1:13 entrypoint-known entrypoint'])
})

test('a dependency on a service that is unknown, disabled or itself is a problem', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  for (const [dependsOn, message] of [
    ['bd', /`bd` is not a service/],
    ['db', /`db` is not enabled in `start`/],
    ['auth', /`auth` depends on itself/],
  ] as const) {
    const text = `services:\n  auth: { path: auth, dependsOn: [${dependsOn}] }\n  db: { path: db, enabled: false }\n`
    const problems = await workspace.problems(text)
    assert.equal(problems.length, 1)
    assert.match(problems[0]?.message ?? '', message)
    assert.equal(problems[0] && pointedAt(problems[0]), dependsOn)
  }
})

test('a cycle of dependencies is printed with its path', async (t) => {
  const workspace = await makeWorkspace(t, { 'x/index.js': '' })
  const text =
    'services:\n  a: { path: x, dependsOn: [b] }\n  b: { path: x, dependsOn: [c] }\n  c: { path: x, dependsOn: [a] }\n  d: { path: x, dependsOn: [a] }\n'
  const problems = await workspace.problems(text)
  assert.deepEqual(
    problems.map(({ message, line, path }) => ({ message, line, path })),
    [{ message: 'A cycle of dependencies: a → b → c → a', line: 4, path: 'services.c.dependsOn[0]' }],
  )
})

test('a missing folder, entry and env file are problems that say what was looked for', async (t) => {
  const workspace = await makeWorkspace(t, { 'auth/readme.md': '', 'db/lib/main.mjs': '', 'web/index.js': '', file: '' })
  const problems = await workspace.problems(
    'services:\n  auth: { path: auth }\n  db: { path: db, entry: lib/main }\n  mail: { path: mail }\n  file: { path: file }\n  web: { path: web, envFile: .env.local }\n',
  )
  assert.deepEqual(summarise(problems), [
    '2:3 service-entry services.auth.entry',
    '3:26 service-entry services.db.entry',
    '4:17 service-folder services.mail.path',
    '5:17 service-folder services.file.path',
    '6:30 env-file services.web.envFile',
  ])
  assert.match(problems[0]?.hint ?? '', /src\/index\.\{ts,mts,cts,js,mjs,cjs\}, index\..*server\..*app\./)
  assert.equal(problems[1]?.hint, 'Did you mean `lib/main.mjs`?')
  assert.match(problems[3]?.message ?? '', /is a file$/)
})

test('what is not enabled need not exist', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const spec = await workspace.load(`${AUTH}  later: { path: nowhere, enabled: false }\n`)
  assert.deepEqual(
    spec.services.map(({ id }) => id as string),
    ['auth'],
  )
  assert.deepEqual(summarise(await workspace.problems('services:\n  auth: { path: auth, enabled: false }\n')), [
    '1:1 service-enabled services',
  ])
})

test('a problem of a symlinked file names the real file', async (t) => {
  const workspace = await makeWorkspace(t, { 'real/meshrt.yaml': 'nope: 1\n' })
  await symlink(workspace.at('real/meshrt.yaml'), workspace.at('link.yaml'))
  const error = await loadSpec({ file: workspace.at('link.yaml'), mode: 'start', env: {} }).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof ConfigError)
  assert.equal(error.problems[0]?.file, workspace.at('real/meshrt.yaml'))
})

test('a service in `mesh.deny` that there is not is a problem, as a caller and as one that is called', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const services = 'services:\n  auth: { path: auth }\n  db: { path: db, enabled: { dev: false } }\n'
  const problems = await workspace.problems(`mesh: { deny: { auht: [db], auth: [db, bd] } }\n${services}`)
  assert.deepEqual(summarise(problems), ['1:17 denied-known mesh.deny.auht', '1:40 denied-known mesh.deny.auth[1]'])
  assert.deepEqual(problems.map(pointedAt), ['auht', 'bd'])
  assert.deepEqual(
    problems.map(({ hint }) => hint),
    ['Did you mean `auth`?', 'The services are: auth, db.'],
  )
  const { mesh } = await workspace.load(`mesh: { deny: { auth: [db, db] } }\n${services}`, { mode: 'dev' })
  assert.deepEqual(mesh.deny, { auth: ['db'] })
})

test('a circuit that would first stay open for longer than it may is a problem', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const problems = await workspace.problems(`mesh: { circuit: { openFor: 1m } }\n${AUTH}`)
  assert.deepEqual(summarise(problems), ['1:29 circuit-times mesh.circuit.openFor'])
})

test('`mesh.maxInFlight` of a service wins over that of the runtime', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const text = 'mesh: { maxInFlight: 5 }\nservices:\n  auth: { path: auth, mesh: { maxInFlight: 0 } }\n  db: { path: db }\n'
  const { services } = await workspace.load(text)
  assert.deepEqual(
    services.map(({ mesh }) => mesh.maxInFlight),
    [0, 5],
  )
})
