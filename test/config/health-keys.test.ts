import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TWO_SERVICES, makeWorkspace } from './workspace.ts'

test('limits.cpu is refused where Node.js does not measure it, and taken where it does', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const text = 'services:\n  auth: { path: auth, limits: { cpu: 0.5 } }\n  db: { path: db, limits: { cpu: 0 } }\n'
  const [problem, ...others] = await workspace.problems(text, { measuresWorkerCpu: false })
  assert.deepEqual(others, [])
  assert.equal(problem?.rule, 'cpu-limit')
  assert.ok(problem.message.includes(process.version))
  assert.equal((await workspace.load(text, { measuresWorkerCpu: true })).services[0]?.limits.cpu, 0.5)
})

test('health.check is a path, `export` or `none`', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  for (const check of ['health', '"/a b"', 'http://x/', 'true', '""']) {
    const found = await workspace.problems(`services: { auth: { path: auth, health: { check: ${check} } } }\n`)
    assert.equal(found[0]?.rule, 'wrong-type', check)
  }
})
