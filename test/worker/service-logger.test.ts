import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createServiceLogger } from '../../src/worker/service-logger.ts'

test("the service logger writes JSON lines in pino's shape", () => {
  const lines: string[] = []
  const logger = createServiceLogger(
    (line) => lines.push(line),
    () => 5,
  )
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  logger.info('hello')
  logger.warn({ a: 1n }, 'with fields')
  logger.error(Object.assign(new TypeError('bad'), { code: 'E' }))
  logger.fatal({ err: new Error('worse') }, 'oh')
  logger.debug(cyclic, 'cyclic')
  const [hello, fields, error, fatal, debug] = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(hello, { level: 30, time: 5, msg: 'hello' })
  assert.deepEqual(fields, { level: 40, time: 5, a: '1', msg: 'with fields' })
  assert.equal(error?.['msg'], 'bad')
  assert.partialDeepStrictEqual(error?.['err'], { type: 'TypeError', message: 'bad', code: 'E' })
  assert.partialDeepStrictEqual(fatal?.['err'], { type: 'Error', message: 'worse' })
  assert.partialDeepStrictEqual(debug, { level: 20, time: 5 })
})
