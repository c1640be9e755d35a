import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findCycles } from '../../src/config/dependency-cycles.ts'

const trails = (graph: Readonly<Record<string, readonly string[]>>) =>
  findCycles(new Map(Object.entries(graph))).map(({ trail }) => trail.join(' '))

test('findCycles prints the way around', () => {
  assert.deepEqual(trails({ a: ['b'], b: ['c'], c: [] }), [])
  assert.deepEqual(trails({ a: ['b'], b: ['a'] }), ['a b a'])
  assert.deepEqual(trails({ x: ['a'], a: ['b'], b: ['c'], c: ['a', 'd'], d: [] }), ['a b c a'])
  assert.deepEqual(trails({ a: ['b', 'c'], b: ['a'], c: ['a'] }), ['a b a', 'a c a'])
  assert.deepEqual(trails({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }), [], 'a diamond is no cycle')
  assert.deepEqual(trails({ a: ['a', 'nowhere'] }), [])
})

test('findCycles finds one exactly when no order of the nodes satisfies all edges', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  fc.assert(
    fc.property(fc.array(fc.uniqueArray(fc.constantFrom(...names)), { minLength: 5, maxLength: 5 }), (edges) => {
      const graph = new Map(names.map((name, index) => [name, (edges[index] ?? []).filter((to) => to !== name)]))
      const left = new Set(names)
      for (let removed = true; removed;) {
        const free = [...left].filter((name) => !graph.get(name)?.some((to) => left.has(to)))
        for (const name of free) left.delete(name)
        removed = free.length > 0
      }
      assert.equal(findCycles(graph).length > 0, left.size > 0)
    }),
  )
})
