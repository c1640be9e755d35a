import assert from 'node:assert/strict'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Background } from '../support/background.ts'
import { ask, Project, PUPPET } from '../support/project.ts'

const CANARY = /canary-\d/

test('no secret of a runtime is in anything that it or a command writes, and its files are for nobody else whatever the umask is', async (t) => {
  const umask = process.umask(0)
  t.after(() => process.umask(umask))
  const project = new Project(
    t,
    {
      name: 'shop',
      server: { port: 0 },
      logger: { file: 'logs/run.log' },
      restart: { delay: '1ms' },
      env: { DB_PASSWORD: 'canary-1', DATABASE_URL: 'postgres://app:canary-2@db/shop' },
      services: { web: { path: PUPPET, env: { API_KEY: 'canary-3' }, config: { nested: { clientSecret: 'canary-4' } } } },
      smoke: [{ headers: { authorization: 'Bearer canary-5' } }],
    },
    { files: { '.env': 'SESSION_SECRET=canary-6\n' }, env: { AWS_SECRET_ACCESS_KEY: 'canary-7' } },
  )
  const background = new Background(t, project)
  const { runtime } = await background.start()
  await ask(`${runtime.url}/exit?code=3`).catch(() => {})
  const commands = [
    'ps', 'ps --json', 'ps --workers', 'ps --health', 'logs', 'logs --json', 'events', 'events --json', 'config', 'config --json', 'config --check --json',
    'env web', 'env web --explain', 'env web --json', 'restart web --json', 'scale web=2', 'restart nobody', 'start -d', 'version --json',
  ] // prettier-ignore
  const results = await Promise.all(commands.map((command) => project.run(...command.split(' '))))
  results.forEach(({ stdout, stderr }, at) => assert.doesNotMatch(stdout + stderr, CANARY, commands[at]))
  const folders = [project.socketDir, join(project.root, 'logs')]
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  assert.ok(files.some((file) => file.endsWith('.log')) && files.some((file) => file.endsWith('.stderr')), files.join(' '))
  for (const path of [...folders, ...files]) {
    const stats = lstatSync(path)
    assert.equal(stats.mode & 0o077, 0, `${path} is for others too: ${(stats.mode & 0o777).toString(8)}`)
    if (stats.isFile()) assert.doesNotMatch(readFileSync(path, 'utf8'), CANARY, path)
  }
  assert.match((await project.run('env', 'web', '--reveal')).stdout, /DB_PASSWORD=canary-1/, 'the canary sings when it is asked to')
  assert.equal((await project.run('stop')).code, 0)
})
