import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceId } from '../../src/model/ids.ts'
import { affectedServices, type WatchedService } from '../../src/watch/affected-services.ts'

function watched(
  id: string,
  options: { ignore?: readonly string[]; loaded?: readonly string[]; paths?: readonly string[] } = {},
): WatchedService {
  const path = `/app/services/${id}`
  const watch = { enabled: true, paths: options.paths ?? [path], ignore: options.ignore ?? [] }
  return { spec: { id: serviceId(id), path, watch }, loaded: new Set(options.loaded) }
}

function affected(services: readonly WatchedService[], ...files: readonly string[]): readonly string[] {
  return [...affectedServices(services, files).keys()]
}

test('affectedServices names the service whose folder has changed', () => {
  assert.deepEqual(affected([watched('auth'), watched('orders')], '/app/services/auth/src/index.js'), ['auth'])
})

test('affectedServices does not take a folder with a longer name for the service', () => {
  assert.deepEqual(affected([watched('auth')], '/app/services/auth-old/index.js'), [])
})

test('affectedServices names every service that has loaded a shared file', () => {
  const shared = '/app/shared/money.js'
  assert.deepEqual(affected([watched('auth', { loaded: [shared] }), watched('orders', { loaded: [shared] }), watched('catalog')], shared), [
    'auth',
    'orders',
  ])
})

for (const file of [
  'node_modules/x/index.js',
  '.git/HEAD',
  'coverage/lcov.info',
  'app.log',
  'src/.index.js.swp',
  'src/index.js~',
  '.#index.js',
]) {
  test(`affectedServices never reloads for ${file}`, () => {
    assert.deepEqual(affected([watched('auth')], `/app/services/auth/${file}`), [])
  })
}

test('affectedServices leaves out what watch.ignore names: a name anywhere, a path within the service', () => {
  const service = watched('auth', { ignore: ['tmp', 'src/generated'] })
  assert.deepEqual(affected([service], '/app/services/auth/src/tmp/a.js', '/app/services/auth/src/generated/b.js'), [])
  assert.deepEqual(affected([service], '/app/services/auth/src/a.js'), ['auth'])
})

test('affectedServices reloads for a loaded file even where the folder is not watched', () => {
  assert.deepEqual(
    affected([watched('auth', { paths: [], loaded: ['/app/node_modules/linked/index.js'] })], '/app/node_modules/linked/index.js'),
    ['auth'],
  )
})
