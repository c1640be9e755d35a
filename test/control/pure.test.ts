import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { describeAge } from '../../src/control/age.ts'
import { decideClaim, makeClaim, parseClaim } from '../../src/control/claims.ts'
import { jsonLine } from '../../src/control/json-line.ts'
import { isAlive, ownIdentity } from '../../src/control/process-identity.ts'
import { controlDir, pathsOfFile } from '../../src/control/socket-path.ts'

test('describeAge has one unit, rounded down', () => {
  const table = [
    [-5, '0s'],
    [999, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [3_599_999, '59m'],
    [3_600_000, '1h'],
    [86_400_000 * 3, '3d'],
  ] as const
  for (const [ms, text] of table) assert.equal(describeAge(ms), text)
})

test('the control folder is in XDG_RUNTIME_DIR if that is absolute, else in the temporary folder with the uid', () => {
  const place = { uid: 7, tmp: '/tmp', platform: 'linux' as const }
  assert.equal(controlDir({ ...place, env: { XDG_RUNTIME_DIR: '/run/user/7' } }), '/run/user/7/meshrt')
  assert.equal(controlDir({ ...place, env: { XDG_RUNTIME_DIR: 'relative' } }), '/tmp/meshrt-7')
  assert.equal(controlDir({ ...place, env: {} }), '/tmp/meshrt-7')
})

test('a socket is named by its runtime file, however long the path of that is', () => {
  const place = { uid: 7, tmp: '/tmp', platform: 'darwin' as const, env: {} }
  const paths = pathsOfFile(`/${'long/'.repeat(200)}meshrt.yaml`, place)
  assert.match(paths.socket, /^\/tmp\/meshrt-7\/[0-9a-f]{16}\.sock$/)
  assert.notEqual(pathsOfFile('/a/meshrt.yaml', place).socket, pathsOfFile('/b/meshrt.yaml', place).socket)
})

test('of several claims the smallest stays, the others withdraw, and only who is alone holds the lock', () => {
  const claim = (pid: number) => ({ pid, startTicks: '1', fileName: `x.lock.${pid}.1.00000000` })
  assert.equal(decideClaim(claim(5), []), 'hold')
  assert.equal(decideClaim(claim(5), [claim(6), claim(40)]), 'stay')
  assert.equal(decideClaim(claim(6), [claim(5)]), 'withdraw')
})

test('a claim can be read from its name, and nothing else is one', () => {
  const own = makeClaim('abc.lock.', ownIdentity())
  assert.deepEqual(parseClaim(own.fileName, 'abc.lock.'), own)
  for (const name of ['abc.lock.', 'abc.lock.1.2', 'abc.lock.x.2.00000000', 'abd.lock.1.2.00000000', 'abc.sock']) {
    assert.equal(parseClaim(name, 'abc.lock.'), null)
  }
})

test('a process is alive until it has ended, and another one with its pid is not it', async () => {
  assert.equal(isAlive(ownIdentity()), true)
  if (process.platform === 'linux') assert.equal(isAlive({ pid: process.pid, startTicks: '1' }), false)
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  assert.equal(isAlive({ pid: child.pid ?? 0, startTicks: '0' }), false)
})

test('jsonLine leaves no control character that a terminal would obey', () => {
  const line = jsonLine({ text: '\u001b[31m \u009b2J \u0007 \u007f' })
  assert.equal(line, '{"text":"\\u001b[31m \\u009b2J \\u0007 \\u007f"}\n')
  assert.deepEqual(JSON.parse(line), { text: '\u001b[31m \u009b2J \u0007 \u007f' })
})
