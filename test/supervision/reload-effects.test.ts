import assert from 'node:assert/strict'
import { test } from 'node:test'
import type * as z from 'zod'
import { keyInfo } from '../../src/config/fields.ts'
import { OVERRIDABLE_KEYS } from '../../src/config/keys/service-keys.ts'
import { FILE_KEYS } from '../../src/config/schema.ts'
import { KEYS_BEHIND_THE_SPEC, RUNTIME_EFFECTS, SERVICE_EFFECTS, effectOf } from '../../src/supervision/reload-effects.ts'

/** Every key of the schema with those below it: `limits.heap`. */
function keysOf(shape: z.ZodRawShape, prefix = ''): readonly string[] {
  return Object.entries(shape).flatMap(([name, schema]) => [prefix + name, ...keysOf(keyInfo(schema)?.keys ?? {}, `${prefix}${name}.`)])
}

const ofServices = keysOf(OVERRIDABLE_KEYS)
const ofRuntime = keysOf(FILE_KEYS).filter((key) => !KEYS_BEHIND_THE_SPEC.includes(key.split('.')[0] ?? ''))

test('it is said of every key of a service what a change of it asks for', () => {
  assert.ok(ofServices.includes('limits.heap'), 'canary: the schema was read')
  for (const key of ofServices) assert.doesNotThrow(() => effectOf(key, SERVICE_EFFECTS), key)
})

test('it is said of every key of the runtime, itself or as that of each service', () => {
  assert.ok(ofRuntime.includes('mesh.hold.time'), 'canary: the schema was read')
  const effects = { ...SERVICE_EFFECTS, ...RUNTIME_EFFECTS }
  for (const key of ofRuntime) assert.doesNotThrow(() => effectOf(key, effects), key)
})

test('nothing is said of keys that are not there', () => {
  assert.deepEqual(Object.keys(SERVICE_EFFECTS).filter((key) => !ofServices.includes(key)), []) // prettier-ignore
  assert.deepEqual(Object.keys(RUNTIME_EFFECTS).filter((key) => !ofRuntime.includes(key)), []) // prettier-ignore
})

test('effectOf takes the longest part of a key that is known, and throws where none is', () => {
  assert.equal(effectOf('mesh.domain', RUNTIME_EFFECTS), 'restart')
  assert.equal(effectOf('mesh.hold.time', RUNTIME_EFFECTS), 'roll')
  assert.equal(effectOf('workers.min', SERVICE_EFFECTS), 'scale')
  assert.equal(effectOf('env.a.b', SERVICE_EFFECTS), 'roll')
  for (const key of ['', 'nothing', '__proto__', 'constructor.name']) assert.throws(() => effectOf(key, SERVICE_EFFECTS), RangeError)
})
