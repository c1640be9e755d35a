import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { boundedWriter } from '../../src/log/bounded-writer.ts'
import { eventRecord } from '../../src/log/event-record.ts'
import { openLog } from '../../src/log/open-log.ts'
import { outputEntry } from '../../src/log/output-line.ts'
import { prettyPrinter } from '../../src/log/pretty.ts'
import { sanitise } from '../../src/log/sanitise.ts'
import type { RuntimeEvent } from '../../src/model/events.ts'
import { serviceId } from '../../src/model/ids.ts'
import type { LogLine } from '../../src/model/log-line.ts'
import type { LoggerSpec } from '../../src/model/spec.ts'

const auth = serviceId('auth')
const slot = { service: auth, slot: 2 }
const worker = { ...slot, generation: 7 }
const error = { name: 'Error', message: 'boom', stack: 'Error: boom\n    at here' }
const SPEC: LoggerSpec = { level: 'info', pretty: false, file: null, maxSizeBytes: 1e6, keep: 2 }

function line(text: string, stream: LogLine['stream'] = 'stdout'): LogLine {
  return { atMs: 5, ...worker, stream, text }
}

function collector(): { stream: Writable; text: () => string } {
  const pieces: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      pieces.push(chunk.toString())
      done()
    },
  })
  return { stream, text: () => pieces.join('') }
}

test('events become records with a level, a sentence, and their facts as fields', () => {
  const table: [RuntimeEvent, string, string][] = [
    [{ type: 'runtime.started', mode: 'start', url: 'http://x', tookMs: 12.3 }, 'info', 'started at http://x in 12 ms'],
    [{ type: 'runtime.stopped', tookMs: 1, killed: [worker], abandoned: [] }, 'warn', 'stopped in 1 ms; ended by force: auth/2#7'],
    [{ type: 'service.degraded', service: auth, ready: 1, desired: 3 }, 'warn', 'auth: degraded, 1 of 3 workers are ready'],
    [{ type: 'service.failed', service: auth, error }, 'error', 'auth: failed: boom'],
    [{ type: 'worker.exited', worker, exit: { kind: 'stopped', code: 0 }, uptimeMs: 1 }, 'debug', 'auth/2#7: stopped'],
    [{ type: 'worker.exited', worker, exit: { kind: 'crashed', code: 3 }, uptimeMs: 1 }, 'error', 'auth/2#7: crashed (code 3)'],
    [{ type: 'restart.scheduled', slot, delayMs: 99.6, attempt: 2 }, 'warn', 'auth/2: restart 2 in 100 ms'],
    [
      { type: 'health.changed', worker, from: 'ok', verdict: { kind: 'blocked', measure: 'ping', limit: 1000, value: 1200 } },
      'warn',
      'auth/2#7: blocked, no answer for 1200 ms (limit 1000 ms) (was ok)',
    ],
    [{ type: 'watch.changed', service: auth, files: ['a', 'b', 'c', 'd'] }, 'info', 'auth: changed a, b, c and 1 more'],
    [{ type: 'route.published', version: 3 }, 'trace', 'routes published (version 3)'],
    [{ type: 'command.finished', command: 'restart', target: 'auth', ok: false }, 'warn', 'command failed: restart auth'],
  ]
  for (const [event, level, message] of table) {
    const record = eventRecord({ atMs: 5, event })
    assert.deepEqual([record.level, record.message], [level, message])
    assert.equal(record.fields['event'], event.type)
  }
})

test('a line that pino wrote is merged as it is; any other becomes a record', () => {
  const merged = outputEntry(line('{"level":40,"time":1,"msg":"x","big":12345678901234567890}'))
  assert.deepEqual(merged, {
    kind: 'merged',
    level: 40,
    json: '{"level":40,"time":1,"msg":"x","big":12345678901234567890,"service":"auth","slot":2,"generation":7}',
  })
  for (const text of ['hello', '', '{', '{"level":30}', '[1]', '{"level":{},"time":1}', '{"a":1} trailing', 'null']) {
    assert.deepEqual(outputEntry(line(text)), { kind: 'plain', record: { level: 'info', atMs: 5, message: text, fields: { ...worker } } })
  }
  const oops = outputEntry(line('oops', 'stderr'))
  assert.equal(oops.kind === 'plain' && oops.record.level, 'error')
})

test('openLog writes JSON lines from the configured level on', async () => {
  const { stream, text } = collector()
  const log = await openLog({ spec: { ...SPEC, level: 'warn' }, stream, prettyByDefault: true, colour: true })
  log.event({ atMs: 5, event: { type: 'service.stopped', service: auth } })
  log.event({ atMs: 5, event: { type: 'service.failed', service: auth, error } })
  log.line(line('{"level":30,"time":1,"msg":"quiet"}'))
  log.line(line('{"level":50,"time":1,"msg":"loud"}'))
  log.line(line('oops', 'stderr'))
  await log.close()
  const records = text()
    .trim()
    .split('\n')
    .map((one) => JSON.parse(one) as Record<string, unknown>)
  assert.deepEqual(
    records.map((record) => [record['level'], record['msg']]),
    [
      [50, 'auth: failed: boom'],
      [50, 'loud'],
      [50, 'oops'],
    ],
  )
  assert.equal(records[0]?.['time'], 5)
})

test('pretty lines say whose they are and carry no control characters of the service', () => {
  const print = prettyPrinter({ colour: false })
  const entry = outputEntry(line('{"level":30,"time":1,"msg":"\\u001b[2Jhi\\u0007","url":"/x"}'))
  assert.ok(entry.kind === 'merged')
  assert.match(print(entry.json), /INFO: auth\/2 │ hi\\x07 \{"url":"\/x"\}\n$/)
  assert.equal(sanitise('a\u001b]0;t\u0007b\u009b31mc\r'), 'abc\\x0d')
  const table: [string, string][] = [
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['\u001b[?25l\u001b[2J\u001b[10;20Hx', 'x'],
    ['\u001b]8;;http://evil.com\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001bP1$r0m\u001b\\x\u001b_y\u009cz', 'xz'],
    ['\u001bcreset\u001b(Bx\u001b7', 'resetx'],
    ['\u001b]0;never ended', '\\x1b]0;never ended'],
    ['\u001b[31', '\\x1b[31'],
    ['\u001b', '\\x1b'],
  ]
  for (const [text, shown] of table) assert.equal(sanitise(text), shown)
})

test('a stuck reader costs bounded memory; what was dropped is counted and told', async () => {
  const held: (() => void)[] = []
  const taken: string[] = []
  let stuck = true
  const stream = new Writable({
    highWaterMark: 10,
    write(chunk: Buffer, _encoding, done) {
      taken.push(chunk.toString())
      if (stuck) held.push(done)
      else done()
    },
  })
  const writer = boundedWriter(stream, { describeDropped: (lines) => `[${lines} dropped]`, maxBacklogBytes: 100 })
  for (let n = 0; n < 100; n += 1) writer.write('0123456789')
  assert.ok(stream.writableLength <= 120)
  stuck = false
  for (const done of held) done()
  await writer.close(1000)
  assert.match(taken.join(''), /\[8\d dropped\]/)
})

test('the log file is rotated by size and only so many are kept', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'meshrt-log-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const spec: LoggerSpec = { ...SPEC, file: join(folder, 'logs', 'meshrt.log'), maxSizeBytes: 2000 }
  const { stream } = collector()
  const log = await openLog({ spec, stream, prettyByDefault: true, colour: false })
  for (let n = 0; n < 60; n += 1) {
    log.line(line(`line ${n}`))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await log.close()
  const files = readdirSync(join(folder, 'logs')).sort()
  assert.deepEqual(files, ['meshrt.log', 'meshrt.log.1', 'meshrt.log.2'])
  assert.match(
    readFileSync(join(folder, 'logs', 'meshrt.log'), 'utf8') + readFileSync(join(folder, 'logs', 'meshrt.log.1'), 'utf8'),
    /"msg":"line 59"/,
  )
})
