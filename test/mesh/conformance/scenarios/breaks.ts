import assert from 'node:assert/strict'
import type { Seen } from '../seen.ts'
import { EVENTS } from '../servers/content.ts'
import { oneCall, type Scenario } from './scenario.ts'

// What does not come to its regular end, from either side.

export const BREAKS: readonly Scenario[] = [
  oneCall('handler destroys the response before the head', {
    routes: ['destroy'],
    path: '/destroy',
    check: (seen) => assert.equal(seen.error?.phase, 'before the head'),
  }),
  oneCall('handler breaks off in the body', {
    routes: ['break'],
    path: '/break',
    check: (seen) => assert.deepEqual([seen.error?.phase, seen.body?.text], ['in the body', 'half']),
  }),
  {
    kind: 'http',
    name: 'client aborts before the head',
    routes: ['hold'],
    abilities: [],
    async run(client, at) {
      const aborter = new AbortController()
      const exchange = client.exchange({ url: at.url('/hold'), signal: aborter.signal })
      await at.noted('held')
      aborter.abort()
      return [await exchange]
    },
    check: ([seen]) => assert.equal(seen?.error?.phase, 'before the head'),
  },
  {
    kind: 'http',
    name: 'client aborts in the body',
    routes: ['half'],
    abilities: [],
    async run(client, at) {
      const aborter = new AbortController()
      return [await client.exchange({ url: at.url('/half'), signal: aborter.signal, onBody: () => aborter.abort() })]
    },
    check: ([seen]) => assert.deepEqual([seen?.error?.phase, seen?.body?.text], ['in the body', 'half']),
  },
  {
    kind: 'http',
    name: 'client aborts its upload',
    routes: ['hold'],
    abilities: ['streamed request body'],
    async run(client, at) {
      const aborter = new AbortController()
      const { signal } = aborter
      const pieces = async function* () {
        yield Buffer.from('first')
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      }
      const exchange = client.exchange({ url: at.url('/hold'), method: 'POST', signal, body: { kind: 'streamed', pieces } })
      await at.noted('held')
      aborter.abort()
      return [await exchange]
    },
    check: ([seen]) => assert.equal(seen?.error?.phase, 'before the head'),
  },
  {
    kind: 'http',
    name: 'server-sent events, until the client has enough',
    routes: ['sse'],
    abilities: [],
    async run(client, at) {
      const aborter = new AbortController()
      const onBody = (soFar: Buffer) => {
        if (soFar.byteLength === EVENTS.join('').length) aborter.abort()
      }
      return [await client.exchange({ url: at.url('/sse'), signal: aborter.signal, onBody })]
    },
    check: ([seen]: readonly Seen[]) => assert.equal(seen?.body?.text, EVENTS.join('')),
  },
]
