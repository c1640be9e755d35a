import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { renderOrigins } from '../../src/cli/views/origins.ts'
import { renderPlan } from '../../src/cli/views/reload-plan.ts'
import { serviceId } from '../../src/model/ids.ts'
import type { ReloadPlan } from '../../src/model/reload.ts'

const PLAN: ReloadPlan = {
  runtime: [{ key: 'server.port', before: 3000, after: 80, effect: 'restart' }],
  steps: [
    { kind: 'added', service: serviceId('db'), workers: 2 },
    {
      kind: 'changed',
      service: serviceId('auth'),
      roll: true,
      changes: [
        { key: 'env.API_KEY', before: '***', after: '***', effect: 'roll' },
        { key: 'workers', before: 2, after: { min: 1, max: 4 }, effect: 'scale' },
        { key: 'env.ODD', before: '', after: `\u001b[2J${'x'.repeat(80)}`, effect: 'roll' },
        { key: 'limits.heap', after: '64mb', effect: 'roll' },
      ],
    },
    { kind: 'removed', service: serviceId('old') },
  ],
  unchanged: [serviceId('web')],
}

test('a plan is one block per service, with every key old → new, secrets named as such, and nothing raw for a terminal', () => {
  const text = renderPlan(PLAN, { colour: false })
  assert.deepEqual(text.split('\n'), [
    '~ runtime',
    '    server.port  3000 → 80  (needs a new start)',
    '+ db  2 workers',
    '~ auth  its workers are replaced',
    '    env.API_KEY  *** → ***  (secret)',
    '    workers      2 → {"min":1,"max":4}',
    `    env.ODD      "" → ${'x'.repeat(60)}…`,
    '    limits.heap  - → 64mb',
    '- old',
    '= web',
  ])
  const coloured = renderPlan(PLAN, { colour: true })
  assert.notEqual(coloured, text)
  assert.equal(stripVTControlCharacters(coloured), text)
})

test('origins are one line per value, with the place in the file and the variables that it names', () => {
  const values = [
    { key: 'server.port', value: 0, origin: { kind: 'variable', names: ['PORT', 'BASE'], line: 1, column: 17 } },
    { key: 'name', value: 'shop', origin: { kind: 'default' } },
    { key: 'services.auth.path', value: './auth', origin: { kind: 'autoload', line: 5, column: 3 } },
    { key: 'services.auth.workers', value: 1, origin: { kind: 'dev' } },
    { key: 'services.auth.argv', value: [], origin: { kind: 'file', line: 9, column: 7 } },
  ] as const
  assert.deepEqual(renderOrigins(values, { file: '/srv/shop/meshrt.yaml', colour: false }).split('\n'), [
    'server.port            0       meshrt.yaml:1:17 ${PORT} ${BASE}',
    'name                   shop    default',
    'services.auth.path     ./auth  autoload (meshrt.yaml:5:3)',
    'services.auth.workers  1       dev',
    'services.auth.argv     []      meshrt.yaml:9:7',
  ])
})
