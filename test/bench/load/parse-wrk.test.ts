import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseWrk } from './parse-wrk.ts'

const PRINTED = `Running 2s test @ http://127.0.0.1:4571/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    10.21ms   35.68ms 334.67ms   95.13%
    Req/Sec    25.13k    13.13k   45.65k    65.00%
  Latency Distribution
     50%  870.00us
     75%    2.77ms
     90%    8.03ms
     99%    1.22s
  49898 requests in 2.01s, 9.23MB read
Requests/sec:  24854.00
Transfer/sec:      4.60MB
`

test('parseWrk reads counts and percentiles, whatever their units', () => {
  assert.deepEqual(parseWrk(PRINTED), { requests: 49_898, seconds: 2.01, p50Ms: 0.87, p99Ms: 1220 })
})

test('parseWrk takes no run in which something failed', () => {
  assert.throws(() => parseWrk(`${PRINTED}  Non-2xx or 3xx responses: 3\n`), /failures/)
  assert.throws(() => parseWrk(`${PRINTED}  Socket errors: connect 0, read 2, write 0, timeout 0\n`), /failures/)
})

test('parseWrk takes no run without latencies', () => {
  assert.throws(() => parseWrk(PRINTED.replace('99%', '98%')), /Cannot read/)
})
