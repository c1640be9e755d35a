import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findRuntimeFile } from '../../src/config/find-file.ts'
import { makeWorkspace } from './workspace.ts'

test('findRuntimeFile finds the nearest meshrt.yaml upwards', async (t) => {
  const workspace = await makeWorkspace(t, { 'meshrt.yaml': '', 'a/b/c/x': '', 'a/meshrt.yaml': '', 'a/b/meshrt.yaml/x': '' })
  assert.equal(findRuntimeFile(workspace.at('a/b/c')), workspace.at('a/meshrt.yaml'), 'a folder of that name is passed over')
  assert.equal(findRuntimeFile(workspace.at('a')), workspace.at('a/meshrt.yaml'))
  assert.equal(findRuntimeFile(workspace.root), workspace.at('meshrt.yaml'))
  assert.equal(findRuntimeFile('/nowhere/at/all'), null)
})
