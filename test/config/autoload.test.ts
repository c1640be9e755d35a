import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { test } from 'node:test'
import { makeWorkspace, pointedAt, summarise } from './workspace.ts'

const FILES = {
  'services/auth/index.js': '',
  'services/db/package.json': '{"main":"main.js"}',
  'services/db/main.js': '',
  'services/.hidden/index.js': '',
  'services/_drafts/index.js': '',
  'services/node_modules/x/package.json': '{}',
  'services/assets/logo.svg': '',
  'services/README.md': '',
}

test('autoload makes a service of each folder with a package.json or a module, and of no other', async (t) => {
  const workspace = await makeWorkspace(t, FILES)
  const spec = await workspace.load('autoload:\n')
  assert.deepEqual(
    spec.services.map(({ id, source, foundBy }) => [id, source.kind === 'module' && source.entry, foundBy]),
    [
      ['auth', workspace.at('services/auth/index.js'), 'autoload'],
      ['db', workspace.at('services/db/main.js'), 'autoload'],
    ],
  )
})

test('autoload follows links to folders, and leaves out what is excluded', async (t) => {
  const workspace = await makeWorkspace(t, { ...FILES, 'elsewhere/index.js': '' })
  await symlink(workspace.at('elsewhere'), workspace.at('services/linked'))
  const spec = await workspace.load('autoload: { path: ./services, exclude: [auth] }\n')
  assert.deepEqual(
    spec.services.map(({ id }) => id),
    ['db', 'linked'],
  )
})

test('keys of a service that autoload finds are added to it, and win', async (t) => {
  const workspace = await makeWorkspace(t, { ...FILES, 'services/auth/other.js': '', 'web/index.js': '' })
  const spec = await workspace.load(
    'autoload: {}\nentrypoint: web\nservices:\n  web: { path: web, dependsOn: [auth] }\n  auth: { entry: other.js, workers: 3 }\n  db: { path: services/db }\n',
  )
  assert.deepEqual(
    spec.services.map(({ id, foundBy, workers }) => [id, foundBy, workers]),
    [
      ['web', 'file', 1],
      ['auth', 'autoload', 3],
      ['db', 'file', 1],
    ],
  )
  assert.deepEqual(spec.services[1]?.source, { kind: 'module', entry: workspace.at('services/auth/other.js') })
})

test('a service that runs elsewhere has no folder, though there is one of its name', async (t) => {
  const workspace = await makeWorkspace(t, FILES)
  const { services } = await workspace.load('autoload: {}\nservices:\n  auth: { url: "http://auth.example.com" }\n')
  assert.deepEqual(
    services.map(({ id, source }) => [id, source.kind]),
    [
      ['auth', 'remote'],
      ['db', 'module'],
    ],
  )
})

test('a folder that a service of another name has is not loaded a second time', async (t) => {
  const workspace = await makeWorkspace(t, FILES)
  const spec = await workspace.load('autoload: {}\nservices: { store: { path: services/db } }\n')
  assert.deepEqual(
    spec.services.map(({ id }) => id),
    ['store', 'auth'],
  )
})

test('a service can be switched off by its keys', async (t) => {
  const workspace = await makeWorkspace(t, FILES)
  const spec = await workspace.load('autoload: {}\nservices:\n  auth:\n    enabled: false\n')
  assert.deepEqual(
    spec.services.map(({ id }) => id),
    ['db'],
  )
})

test('a path that is absent or no folder, a name that is no id, two folders for one id: each a problem at its place', async (t) => {
  const workspace = await makeWorkspace(t, { ...FILES, 'services/Web App/index.js': '', 'other/index.js': '' })
  const [absent] = await workspace.problems('autoload:\n  path: srv\nservices: { auth: { path: services/auth } }\n')
  assert.deepEqual(absent && summarise([absent]), ['2:9 autoload-folder autoload.path'])
  assert.match(absent?.message ?? '', /srv does not exist$/)
  const problems = await workspace.problems('autoload: { path: services }\nservices:\n  auth:\n    path: other\n')
  assert.deepEqual(summarise(problems), ['1:19 autoload-name autoload.path', '4:11 autoload-name services.auth.path'])
  assert.match(problems[0]?.message ?? '', /services\/Web App/)
  assert.match(problems[0]?.hint ?? '', /autoload\.exclude/)
})

test('what is wrong with a service that autoload has found is shown where autoload is written', async (t) => {
  const workspace = await makeWorkspace(t, { 'services/lib/package.json': '{}' })
  const [problem] = await workspace.problems('name: shop\nautoload:\n  path: services\n')
  assert.deepEqual(problem && summarise([problem]), ['3:9 service-entry services.lib.entry'])
  assert.equal(problem && pointedAt(problem), 'services')
})

test('autoload without any folder, and with a wrong path, is a problem', async (t) => {
  const workspace = await makeWorkspace(t, { 'services/README.md': '' })
  assert.deepEqual(summarise(await workspace.problems('autoload: {}\n')), ['1:1 services-given services'])
  assert.deepEqual(summarise(await workspace.problems('autoload: { path: [] }\n')), [
    '1:1 services-given services',
    '1:13 wrong-type autoload.path',
  ])
})
