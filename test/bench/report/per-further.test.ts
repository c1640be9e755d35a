import assert from 'node:assert/strict'
import { test } from 'node:test'
import { perFurther } from './per-further.ts'

test('perFurther divides the difference of every measure among those that are more', () => {
  const sample = perFurther({ small: { readyMs: 500, rssMib: 120 }, large: { readyMs: 1300, rssMib: 320 }, more: 8 })
  assert.deepEqual(sample, { readyMs: 100, rssMib: 25 })
})

test('perFurther makes no number of what the small one has not measured', () => {
  assert.deepEqual(perFurther({ small: {}, large: { readyMs: 1300 }, more: 8 }), { readyMs: Number.NaN })
})

test('perFurther refuses to divide among nobody', () => {
  assert.throws(() => perFurther({ small: {}, large: {}, more: 0 }), /among 0/)
})
