import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Project, PUPPET } from '../support/project.ts'

const services = { gateway: { path: PUPPET, workers: 2 }, auth: { path: PUPPET } }

test('smoke boots, asks every service once, stops, and ends with 0', async (t) => {
  const project = new Project(t, { entrypoint: 'gateway', server: { port: 0 }, services })
  const ended = await project.run('smoke')
  assert.equal(ended.code, 0, ended.stderr + ended.stdout)
  for (const service of ['gateway', 'auth']) assert.match(ended.stdout, new RegExp(`^${service}\\b.*\\b200\\b`, 'm'))
  assert.equal((await project.run('ps')).code, 3)
})

test('smoke ends with 1 when a service answers with an error, and names it', async (t) => {
  const broken = { ...services, auth: { path: PUPPET, config: { status: 500 } } }
  const ended = await new Project(t, { entrypoint: 'gateway', server: { port: 0 }, services: broken }).run('smoke')
  assert.equal(ended.code, 1, ended.stderr + ended.stdout)
  assert.match(ended.stdout, /^auth\b.*\b500\b/m)
  assert.ok(ended.stderr.includes('MESHRT_SMOKE_FAILED'), ended.stderr)
})

test('smoke ends with 1 when a service does not start', async (t) => {
  const broken = { ...services, auth: { path: PUPPET, config: { failAtLoad: 'no key' }, restart: { startAttempts: 1 } } }
  const ended = await new Project(t, { entrypoint: 'gateway', server: { port: 0 }, services: broken }).run('smoke')
  assert.equal(ended.code, 1, ended.stderr + ended.stdout)
  assert.ok((ended.stderr + ended.stdout).includes('no key'), ended.stderr)
})

test('smoke of a broken file ends with 78', async (t) => {
  assert.equal((await new Project(t, 'services: 7\n').run('smoke')).code, 78)
})
