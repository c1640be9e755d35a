import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { here } from '../../src/control/here.ts'
import { knownPathsOfFile } from '../../src/control/known-paths.ts'
import { readMeta } from '../../src/control/meta.ts'
import { pathsOfFile } from '../../src/control/socket-path.ts'
import { openFake, scratch } from './scratch.ts'

test('knownPathsOfFile tells what pathsOfFile tells, whether a runtime lies there or not', async (t) => {
  const place = scratch(t)
  const paths = pathsOfFile(place.file, here(place.env))
  assert.deepEqual(knownPathsOfFile(place.file, here(place.env)), paths, 'no folder')
  await openFake(t, place)
  assert.deepEqual(knownPathsOfFile(place.file, here(place.env)), paths)
  const other = join(place.project, 'other.yaml')
  assert.deepEqual(knownPathsOfFile(other, here(place.env)), pathsOfFile(other, here(place.env)), 'another runtime')
})

test('knownPathsOfFile believes only a meta file in the place of a runtime file', async (t) => {
  const place = scratch(t)
  await openFake(t, place)
  const paths = pathsOfFile(place.file, here(place.env))
  const meta = readMeta(paths.meta)
  assert.ok(meta !== null)
  rmSync(paths.meta)
  const socket = join(place.controlDir, 'a.sock')
  writeFileSync(`${socket}.json`, JSON.stringify({ ...meta, socket }))
  writeFileSync(join(place.controlDir, 'a.json'), JSON.stringify({ ...meta, socket }))
  writeFileSync(join(place.controlDir, `${'0'.repeat(16)}.json`), JSON.stringify({ ...meta, socket }))
  assert.deepEqual(knownPathsOfFile(place.file, here(place.env)), paths)
})
