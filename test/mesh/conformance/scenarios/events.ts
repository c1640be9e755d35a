import assert from 'node:assert/strict'
import type { Scenario } from './scenario.ts'

export const EVENT_SOURCES: readonly Scenario[] = [
  {
    kind: 'events',
    name: 'EventSource: ids, types, several lines, then close',
    routes: ['sse'],
    abilities: [],
    run: async (client, at) => [await client.listen({ url: at.url('/sse'), messages: 3 })],
    check: ([seen]) => assert.deepEqual(seen?.events, ['open', 'message 1: one', 'tick 2: two\nlines', 'message 2: three']),
  },
  {
    kind: 'events',
    name: 'EventSource: an answer that is no stream of events',
    routes: ['json'],
    abilities: [],
    run: async (client, at) => [await client.listen({ url: at.url('/json'), messages: 1 })],
    check: ([seen]) => assert.deepEqual(seen?.events, ['error, state 2']),
  },
]
