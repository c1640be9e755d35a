import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, Project } from '../support/project.ts'

const FILES = {
  'services/web/index.mjs': `export default { fetch: async () => new Response(await (await fetch('http://greeter.plt.local/')).text()) }`,
  'services/greeter/package.json': '{"main":"server.cjs"}',
  'services/greeter/server.cjs': `require('http').createServer((req, res) => res.end('hello from ' + process.env.WHERE)).listen(0)`,
}
const FILE = `server: { port: 0 }
entrypoint: web
autoload: { path: services }
services:
  greeter: { env: { WHERE: production }, dev: { env: { WHERE: development } } }
`

for (const [command, where] of [
  ['start', 'production'],
  ['dev', 'development'],
] as const) {
  test(`${command} runs services that autoload finds, with their keys for ${command}`, async (t) => {
    const running = await new Project(t, FILE, { files: FILES }).start(command)
    assert.equal((await ask(await running.url())).body, `hello from ${where}`)
  })
}

test('config shows the services that autoload finds, and which they are', async (t) => {
  const project = new Project(t, FILE, { files: FILES })
  const shown = await project.run('config')
  assert.match(shown.stdout, /"path": "\.\/services\/greeter"/)
  assert.match(shown.stderr, /Found by autoload: greeter, web/)
  const { stdout } = await project.run('config', '--check', '--json')
  assert.deepEqual((JSON.parse(stdout) as { autoloaded: unknown }).autoloaded, ['greeter', 'web'])
})
