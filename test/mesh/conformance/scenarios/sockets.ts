import assert from 'node:assert/strict'
import { BIG } from '../servers/content.ts'
import type { SocketCall } from '../clients/client.ts'
import type { Route } from '../servers/kind.ts'
import type { Scenario } from './scenario.ts'

export const SOCKETS: readonly Scenario[] = [
  socket('WebSocket: text, bytes, 1 MB, closed by the client', {
    path: '/ws',
    call: { say: ['hello é', Buffer.from([0, 1, 255]), BIG], close: { code: 4001, reason: 'done' } },
    check: (events) => {
      assert.equal(events.filter((event) => /^(?:text 8|bytes 3|bytes 1048576):/.test(event)).length, 3)
      assert.match(events.at(-1) ?? '', /^close 4001 done/)
    },
  }),
  socket('WebSocket: closed by the server', {
    path: '/ws/close',
    call: { say: ['close, please'] },
    check: (events) => assert.match(events.at(-1) ?? '', /^close 4002 enough/),
  }),
  socket('WebSocket: cut by the server', {
    path: '/ws/terminate',
    call: { say: ['terminate, please'] },
    check: (events) => assert.match(events.at(-1) ?? '', /^close 1006/),
  }),
  socket('WebSocket: subprotocol', {
    path: '/ws',
    call: { protocols: ['other', 'chat'], say: ['hi'], close: { code: 1000, reason: '' } },
    check: (events) => assert.ok(events.includes('open chat')),
  }),
  socket('WebSocket: refused by the server', {
    path: '/refused',
    call: {},
    check: (events) => assert.ok(!events.some((event) => event.startsWith('open'))),
  }),
  socket('WebSocket: to a server without an upgrade listener', {
    path: '/json',
    routes: ['json'],
    without: 'ws',
    call: {},
    check: (events) => assert.ok(!events.some((event) => event.startsWith('open'))),
  }),
]

function socket(
  name: string,
  options: {
    readonly path: string
    readonly routes?: readonly Route[]
    readonly without?: Route
    readonly call: Partial<Omit<SocketCall, 'url'>>
    readonly check: (events: readonly string[]) => void
  },
): Scenario {
  const { path, routes = ['ws'], without, call, check } = options
  return {
    kind: 'socket',
    name,
    routes,
    ...(without === undefined ? {} : { without }),
    abilities: [],
    async run(client, at) {
      const url = at.url(path).replace(/^http:/, 'ws:')
      return [await client.talk({ protocols: [], say: [], close: null, ...call, url })]
    },
    check: ([seen]) => check(seen?.events ?? []),
  }
}
