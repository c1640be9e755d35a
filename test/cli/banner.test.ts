import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderBanner } from '../../src/cli/banner.ts'
import { exampleView, NOW_MS } from '../control/example-view.ts'
import { runtimeSpec } from '../support/specs.ts'

test('the banner says what runs, where, what is amiss, and what can be typed next, in lines of a terminal of 80 columns', () => {
  const facts = { view: exampleView(), tookMs: 1234, nowMs: NOW_MS, colour: false }
  const start = renderBanner({ ...facts, spec: runtimeSpec([], { name: 'shop' }) })
  assert.equal(
    start,
    `shop is running (start): 3 services, 6 workers, ready after 1234 ms
  gateway  2/2  running   http://127.0.0.1:3000
  auth     2/3  degraded  http://auth.plt.local
  mailer   0/1  backoff   no server
2 services are not ready: auth (degraded), mailer (backoff, next try in 4s)
→ http://127.0.0.1:3000
meshrt ps · meshrt restart <service> replaces its workers · Ctrl+C stops`,
  )
  const dev = renderBanner({ ...facts, spec: runtimeSpec([], { name: 'shop', mode: 'dev' }) })
  assert.match(dev, /\nmeshrt ps · rs \+ Enter restarts everything · Ctrl\+C stops$/)
  for (const line of [...start.split('\n'), ...dev.split('\n')]) assert.ok(line.length <= 80, line)
})
