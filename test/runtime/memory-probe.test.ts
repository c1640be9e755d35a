import assert from 'node:assert/strict'
import { test } from 'node:test'
import { probeMemory } from '../../src/runtime/memory-probe.ts'

const MB = 1024 * 1024
const HOST = { freeBytes: 3000 * MB, totalBytes: 8000 * MB }

function probe(files: Readonly<Record<string, string>>) {
  return probeMemory((path) => Promise.resolve(files[path] ?? null), HOST)
}

test('probeMemory takes the machine where nothing else is known', async () => {
  assert.deepEqual(await probe({}), HOST)
  assert.deepEqual(await probe({ '/proc/meminfo': 'MemTotal: 9 kB\nMemAvailable:    2048000 kB\n' }), { ...HOST, freeBytes: 2000 * MB })
})

test('probeMemory takes the tightest cgroup of version 2 above the process, with page cache as free', async () => {
  const files = {
    '/proc/self/cgroup': '0::/shop.slice/web\n',
    '/sys/fs/cgroup/shop.slice/web/memory.max': 'max\n',
    '/sys/fs/cgroup/shop.slice/web/memory.current': `${100 * MB}\n`,
    '/sys/fs/cgroup/shop.slice/memory.max': `${512 * MB}\n`,
    '/sys/fs/cgroup/shop.slice/memory.current': `${300 * MB}\n`,
    '/sys/fs/cgroup/shop.slice/memory.stat': `anon 1\ninactive_file ${50 * MB}\nactive_file 7\n`,
  }
  assert.deepEqual(await probe(files), { freeBytes: 262 * MB, totalBytes: 512 * MB })
})

test('probeMemory reads the limit of a container, whose group is the root', async () => {
  const files = {
    '/proc/self/cgroup': '0::/\n',
    '/sys/fs/cgroup/memory.max': `${256 * MB}`,
    '/sys/fs/cgroup/memory.current': `${400 * MB}`,
  }
  assert.deepEqual(await probe(files), { freeBytes: 0, totalBytes: 256 * MB })
})

test('probeMemory falls back to version 1, where a huge number is no limit', async () => {
  const group = { '/proc/self/cgroup': '12:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/\n' }
  const folder = '/sys/fs/cgroup/memory/docker/abc'
  const used = {
    [`${folder}/memory.usage_in_bytes`]: `${64 * MB}`,
    [`${folder}/memory.stat`]: `inactive_file 5\ntotal_inactive_file ${MB}\n`,
  }
  assert.deepEqual(await probe({ ...group, ...used, [`${folder}/memory.limit_in_bytes`]: `${128 * MB}` }), {
    freeBytes: 65 * MB,
    totalBytes: 128 * MB,
  })
  assert.deepEqual(await probe({ ...group, ...used, [`${folder}/memory.limit_in_bytes`]: '9223372036854771712' }), HOST)
})

test('probeMemory finds out something here', async () => {
  const { freeBytes, totalBytes } = await probeMemory()
  assert.ok(freeBytes > 0 && freeBytes <= totalBytes)
})
