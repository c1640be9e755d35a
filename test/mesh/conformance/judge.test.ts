import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cellsOf } from './cells.ts'
import { differencesBetween } from './compare.ts'
import type { DocumentedDifference } from './differences.ts'
import { judge, outdated, type PlayedCell } from './judge.ts'
import type { Outcome } from './protocol.ts'
import { oneCall } from './scenarios/scenario.ts'

const outcome = (over: Partial<Outcome> = {}): Outcome => ({
  seen: [{ status: 200 }],
  server: ['response finished'],
  problem: null,
  ...over,
})
const cell = { client: 'a', server: 'http', scenario: 'GET' }
const documented: DocumentedDifference = { what: 'it', why: 'so', scenarios: ['GET'], clients: ['a'], paths: /^seen\.0\.status$/ }
const differing: PlayedCell = { cell, tcp: outcome(), mesh: outcome({ seen: [{ status: 201 }] }) }

test('conformance: what either side saw is compared, part by part', () => {
  const tcp = outcome({ seen: [{ status: 200, headers: [['a', '1']], body: { bytes: 1, text: 'x' } }] })
  assert.deepEqual(differencesBetween(tcp, tcp), [])
  assert.deepEqual(differencesBetween(tcp, outcome({ server: [] })), [
    { path: 'server.response finished', tcp: 1, mesh: undefined },
    { path: 'seen.0.headers.a', tcp: ['1'], mesh: undefined },
    { path: 'seen.0.body.bytes', tcp: 1, mesh: undefined },
    { path: 'seen.0.body.text', tcp: 'x', mesh: undefined },
  ])
  const trailers = differencesBetween(outcome({ seen: [{ trailers: [] }] }), outcome({ seen: [{}] }))
  assert.deepEqual(trailers, [{ path: 'seen.0.trailers', tcp: [], mesh: undefined }])
})

test('conformance: a difference is one unless it is documented for that client and that scenario', () => {
  assert.deepEqual(judge(differing, []), { kind: 'different', differences: [{ path: 'seen.0.status', tcp: 200, mesh: 201 }] })
  assert.deepEqual(judge(differing, [documented]), { kind: 'same' })
  assert.equal(judge({ ...differing, cell: { ...cell, client: 'b' } }, [documented]).kind, 'different')
  assert.equal(judge({ ...differing, mesh: outcome({ seen: [{ status: 201, reason: 'x' }] }) }, [documented]).kind, 'different')
})

test('conformance: what is wrong over both transports is not the same, it is wrong', () => {
  const wrong = outcome({ problem: 'no body' })
  assert.equal(judge({ cell, tcp: wrong, mesh: wrong }, [documented]).kind, 'wrong')
})

test('conformance: a documented difference that is none any more is found', () => {
  assert.deepEqual(outdated([differing], [documented]), [])
  assert.deepEqual(outdated([{ ...differing, mesh: outcome() }], [documented]), ['a, GET: it'])
  assert.deepEqual(outdated([differing], [{ ...documented, clients: ['a', 'b'] }]), ['b, GET: it'])
})

test('conformance: a cell needs a client that can send and a server that can serve', () => {
  const http = { kind: 'http', name: 'a', abilities: new Set(['trailers' as const]), exchange: async () => ({}) } as const
  const events = { kind: 'events', name: 'b', listen: async () => ({}) } as const
  const server = { name: 'http', routes: new Set(['json' as const, 'ws' as const]), create: () => Promise.reject(new Error('not here')) }
  const scenario = (name: string, over: object) => ({ ...oneCall(name, { routes: ['json'], path: '/', check: () => {} }), ...over })
  const scenarios = [
    scenario('plain', {}),
    scenario('able', { abilities: ['trailers'] }),
    scenario('unable', { abilities: ['streamed request body'] }),
    scenario('unserved', { routes: ['json', 'big'] }),
    scenario('only without', { without: 'ws' }),
  ]
  const names = cellsOf([http, events], [server], scenarios).map(({ client, scenario }) => `${client} ${scenario}`)
  assert.deepEqual(names, ['a plain', 'a able'])
})
