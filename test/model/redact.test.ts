import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redactNamed, redactUrls } from '../../src/model/redact.ts'

test('redactNamed hides a value whose name sounds like a secret, in any case', () => {
  for (const name of ['API_KEY', 'dbPassword', 'PGPASSWD', 'GITHUB_TOKEN', 'SENTRY_DSN', 'SESSION_COOKIE', 'CLIENT_SECRET', 'PRIVATE_PEM'])
    assert.equal(redactNamed(name, 'value'), '***', name)
  assert.equal(redactNamed('LEVEL', 'value'), 'value')
})

test('redactNamed shows that a secret is empty', () => {
  assert.equal(redactNamed('API_KEY', ''), '')
})

test('redactUrls hides the passwords of all URLs in a text, and nothing else of them', () => {
  assert.equal(redactUrls('postgres://app:pw@db/shop,redis://:pw@cache:6379'), 'postgres://app:***@db/shop,redis://:***@cache:6379')
  assert.equal(redactUrls('http://host:80/a@b'), 'http://host:80/a@b')
})
