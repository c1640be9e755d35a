import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createThrottleProbe, parseThrottledMs } from '../../src/runtime/throttle-probe.ts'

const V2 = 'usage_usec 9000000\nuser_usec 8\nsystem_usec 1\nnr_periods 120\nnr_throttled 40\nthrottled_usec 2500000\n'
const V1 = 'nr_periods 120\nnr_throttled 40\nthrottled_time 1500000000\n'

test('parseThrottledMs reads version 2 and 1, and nothing where the group does not tell', () => {
  assert.equal(parseThrottledMs(V2, 2), 2500)
  assert.equal(parseThrottledMs(V1, 1), 1500)
  assert.equal(parseThrottledMs('usage_usec 9000000\nuser_usec 8\nsystem_usec 1\n', 2), null)
  assert.equal(parseThrottledMs('', 1), null)
  assert.equal(parseThrottledMs(null, 2), null)
})

test('the throttle probe adds up the groups above the process, as any of them may hold it back', () => {
  const files: Record<string, string> = {
    '/proc/self/cgroup': '0::/kubepods/pod7/main\n',
    '/sys/fs/cgroup/kubepods/pod7/main/cpu.stat': V2,
    '/sys/fs/cgroup/kubepods/pod7/cpu.stat': V2,
    '/sys/fs/cgroup/cpu.stat': 'usage_usec 9\n',
  }
  const asked: string[] = []
  const probe = createThrottleProbe((path) => {
    asked.push(path)
    return files[path] ?? null
  })
  asked.length = 0
  assert.equal(probe(), 5000)
  assert.equal(asked.length, 2)
  files['/sys/fs/cgroup/kubepods/pod7/main/cpu.stat'] = V2.replace('2500000', '2600000')
  assert.equal(probe(), 5100)
})

test('the throttle probe knows the controller of version 1, mounted with another one, and in a container', () => {
  const files: Record<string, string> = {
    '/proc/self/cgroup': '5:cpuacct,cpu:/docker/abc\n4:memory:/docker/abc\n3:cpuset:/\n0::/\n',
    '/sys/fs/cgroup/cpu/cpu.stat': V1,
  }
  assert.equal(createThrottleProbe((path) => files[path] ?? null)(), 1500)
})

test('the throttle probe says nothing where there is no cgroup, and fails nowhere', () => {
  assert.equal(createThrottleProbe(() => null)(), 0)
  assert.ok(createThrottleProbe()() >= 0)
})
