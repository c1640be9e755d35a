import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findService } from '../../src/model/spec.ts'
import { TWO_SERVICES, makeWorkspace, summarise } from './workspace.ts'

test('workers is a number, or a range that follows the load, key by key over that of the runtime', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const text = (auth: string) =>
    `workers: { min: 2, max: 6, cooldown: 5s }\nservices: { auth: { path: auth, workers: ${auth} }, db: { path: db } }\n`
  const scalingOf = async (auth: string, id: string, mode: 'start' | 'dev' = 'start') => {
    const service = findService(await workspace.load(text(auth), { mode }), id)
    return { workers: service?.workers, scaling: service?.scaling }
  }
  const range = { min: 2, max: 6, targetELU: 0.7, tolerance: 0.1, stabiliseMs: 60_000, cooldownMs: 5000 }
  assert.deepEqual(await scalingOf('3', 'auth'), { workers: 3, scaling: null })
  assert.deepEqual(await scalingOf('3', 'db'), { workers: 2, scaling: range })
  assert.deepEqual(await scalingOf('{ max: 9, targetELU: 0.5 }', 'auth'), { workers: 2, scaling: { ...range, max: 9, targetELU: 0.5 } })
  assert.deepEqual(await scalingOf('{ max: 9 }', 'auth', 'dev'), { workers: 1, scaling: null })
  const auto = await scalingOf('{ min: 512, max: auto }', 'auth')
  assert.deepEqual(auto, { workers: 512, scaling: null }, 'auto is never less than min')
})

test('a range of workers without room, and a rollout that could never begin, are problems where the last word was said', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const text = `workers: { min: 3, max: 2 }
rollout: { maxSurge: 0 }
services:
  auth: { path: auth, workers: { min: 1, max: 8 }, rollout: { maxUnavailable: 1 } }
  db: { path: db, workers: { min: 4 }, rollout: { settle: 1s } }
`
  assert.deepEqual(summarise(await workspace.problems(text)), [
    '1:25 worker-range workers.max',
    '2:22 rollout-possible rollout.maxSurge',
    '5:35 worker-range services.db.workers.min',
  ])
})
