import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { MessageChannel, type Worker } from 'node:worker_threads'
import { serviceId } from '../../src/model/ids.ts'
import { WorkerRow } from '../../src/model/worker-row.ts'
import { OutputReader } from '../../src/pool/output-reader.ts'
import { FakeClock } from '../support/fake-clock.ts'

type Write = (stream: 'stdout' | 'stderr', text: string, maxBytes?: number) => void

/** A reader, and the end that a worker would write to. */
function reader({ onLine = () => {} }: { readonly onLine?: (write: Write) => void } = {}) {
  const { port1, port2 } = new MessageChannel()
  const row = new WorkerRow()
  const clock = new FakeClock()
  const lines: string[] = []
  const dropped: number[] = []
  const worker = { stdout: new PassThrough(), stderr: new PassThrough() } as unknown as Worker
  const output = new OutputReader(
    { service: serviceId('auth'), slot: 0, generation: 1 },
    {
      port: port1,
      worker,
      row,
      onLine: ({ stream, text }) => {
        lines.push(`${stream} ${text}`)
        onLine(write)
      },
      onDropped: (writes) => void dropped.push(writes),
      clock,
    },
  )
  const write: Write = (stream, text, maxBytes = 1000) => {
    const bytes = new TextEncoder().encode(text)
    // Of a port, not of a window.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    if (row.reserveOutput(bytes.byteLength, maxBytes)) port2.postMessage({ stream, bytes })
  }
  return { output, lines, dropped, clock, write }
}

test('OutputReader keeps the order of what was written, on both streams', async () => {
  const { output, lines, write } = reader()
  write('stdout', 'one\ntw')
  write('stderr', 'oh\n')
  write('stdout', 'o\nthree')
  await turn()
  output.end()
  assert.deepEqual(lines, ['stdout one', 'stderr oh', 'stdout two', 'stdout three'])
})

test('OutputReader tells what was dropped once it has the rest, and at the end', async () => {
  const { output, dropped, write } = reader()
  for (let i = 0; i < 5; i++) write('stdout', '12345678\n', 20)
  await turn()
  assert.deepEqual(dropped, [3])
  await turn()
  write('stdout', '12345678\n', 20)
  write('stdout', '12345678\n', 10)
  output.end()
  assert.deepEqual(dropped, [3, 1])
})

test('OutputReader tells of a flood that goes on, once a second', async () => {
  const { output, lines, dropped, clock, write } = reader({
    // The worker writes as fast as it is read, and more than there is room for.
    onLine: (write) => {
      if (lines.length === 4) clock.stall(1000)
      if (lines.length >= 6) return
      write('stdout', 'line\n')
      write('stdout', 'too much\n', 6)
    },
  })
  write('stdout', 'line\n')
  while (lines.length < 6) await turn()
  assert.deepEqual(dropped, [4, 1])
  output.end()
})
