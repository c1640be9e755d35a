import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, Project, PUPPET } from '../support/project.ts'

test('mesh.deny and maxInFlight of the runtime file hold between real services, and ps counts what they refuse', async (t) => {
  const project = new Project(t, {
    entrypoint: 'gateway',
    server: { port: 0 },
    mesh: { deny: { gateway: ['secret'] } },
    services: {
      gateway: { path: PUPPET },
      auth: { path: PUPPET, mesh: { maxInFlight: 1 } },
      secret: { path: PUPPET },
    },
  })
  const running = await project.start()
  const url = await running.url()
  const relay = (to: string) => ask(`${url}/relay?to=${encodeURIComponent(to)}`)

  assert.equal((await relay('http://auth.plt.local/')).status, 200)
  assert.notEqual((await relay('http://secret.plt.local/')).status, 200)
  const answers = await Promise.all([relay('http://auth.plt.local/work?ms=500'), relay('http://auth.plt.local/work?ms=500')])
  const refused = answers.filter(({ status }) => status === 503)
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  assert.deepEqual(
    refused.map(({ body }) => (body as { readonly code: string }).code),
    ['MESHRT_MESH_OVERLOADED'],
  )

  const [gateway] = (await running.service('gateway')).workers
  const [auth] = (await running.service('auth')).workers
  assert.equal(gateway?.mesh.denied, 1)
  assert.equal(auth?.mesh.sheds, 1)
})
