import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import fc from 'fast-check'
import { CANCEL, FAIL, GOAWAY, REQUEST, RESPONSE, UTF8 } from '../../src/mesh/frames.ts'
import { createLine } from '../../src/mesh/port-channel.ts'
import { END, ERROR } from '../../src/mesh/stream/protocol.ts'
import { formatWorkerId, serviceId, type WorkerId, type WorkerKey } from '../../src/model/ids.ts'
import type { PortLine } from '../../src/model/routes.ts'
import { MESH, MeshRig } from './mesh-rig.ts'
import { withService } from './with-service.ts'

// What comes from another thread may be anything: a bad frame harms one request, never the worker.

const RUNS = 150
/** The id of a request that is as it should be; no garbage has it. */
const PROPER = 600_000
const text = fc.oneof(
  fc.constantFrom('GET', 'POST', '/', '/path', 'host', 'content-length', '5', 'transfer-encoding', 'chunked', 'MESHRT_MESH_ABORTED'),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, undefined, true, -1, 0.5, Number.NaN, 2 ** 53),
  fc.nat({ max: 1_000 }),
  text,
  fc.array(text, { maxLength: 5 }),
  fc.constant({ __proto__: null, length: 3 }),
  fc.uint8Array({ maxLength: 4 }),
)

/** Any frame, more or less: some are whole, most have parts that do not belong there, some are no frames at all. */
function frames(kinds: readonly number[]): fc.Arbitrary<unknown> {
  const kind = fc.constantFrom(...kinds, 0, 99)
  // Not those of the requests that are made properly.
  const id = fc.oneof(
    fc.integer({ min: 10_000, max: 10_050 }),
    junk.filter((value) => !Number.isSafeInteger(value)),
  )
  return fc.oneof(
    junk,
    fc.tuple(kind, id),
    fc.array(junk, { maxLength: 9 }).chain((rest) => fc.tuple(kind, id).map((head) => [...head, ...rest])),
  )
}

test('fuzz: whatever a caller sends, the target answers what is valid and lives', async () => {
  await withService(
    (req, res) =>
      void req
        .on('error', () => {})
        .resume()
        .on('end', () => res.end('fine')),
    async ({ served, caller }) => {
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.array(frames([REQUEST, CANCEL]), { maxLength: 12 }), async (garbage) => {
          const { near, far } = createLine()
          served.endpoint.receive({ type: 'accept', from: `evil/0#${++run}` as WorkerKey, line: far })
          const answered = answerOf(near.port, PROPER)
          near.port.postMessage(garbage, [])
          near.port.postMessage([...garbage, [REQUEST, PROPER, 'GET', '/', ['host', 'svc'], null, UTF8], ...garbage], [])
          near.port.postMessage(garbage[0], [])
          assert.deepEqual((await answered).slice(0, 3), [RESPONSE, PROPER, 200])
          near.port.close()
          const proper = await caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000 })
          assert.equal(proper.status, 200)
        }),
        { numRuns: RUNS },
      )
    },
  )
})

test('fuzz: whatever a target answers, its caller gets the right response or an error, and lives', async () => {
  await withFakeTarget(async ({ rig, answerWith }) => {
    const caller = rig.caller()
    await fc.assert(
      fc.asyncProperty(fc.array(frames([RESPONSE, FAIL]), { maxLength: 12 }), fc.boolean(), async (garbage, between) => {
        const whole = (id: number) => [RESPONSE, id, 200, 'OK', ['x-id', String(id)], 'fine', UTF8, []]
        answerWith((id, port) => {
          port.postMessage(garbage)
          port.postMessage(between ? [...garbage, whole(id), ...garbage] : [[RESPONSE, id, 'bad'], whole(id)])
        })
        const request = caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000 })
        if (between) assert.equal(Buffer.from((await request).body).toString(), 'fine')
        else await assert.rejects(request, { code: 'MESHRT_MESH_ABORTED' })
      }),
      { numRuns: RUNS },
    )
  })
})

test('fuzz: a target that goes away with a wrong word only loses its own requests', async () => {
  await withFakeTarget(async ({ rig, answerWith, reroute }) => {
    const caller = rig.caller()
    await fc.assert(
      fc.asyncProperty(junk, async (last) => {
        answerWith((id, port) =>
          port.postMessage([
            [GOAWAY, last],
            [FAIL, id, 'MESHRT_MESH_ABORTED', 'enough'],
          ]),
        )
        const request = caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000 })
        // An id below the request's own means that it was not taken: it waits for another target then.
        const untaken = typeof last === 'number' && Number.isSafeInteger(last) && last === 0
        if (untaken) answerWith((id, port) => port.postMessage([[RESPONSE, id, 200, 'OK', [], 'moved', UTF8, []]]))
        await reroute()
        const end = await request.then(
          ({ status }) => status,
          ({ code }: { code: string }) => code,
        )
        assert.ok(end === 200 || end === 'MESHRT_MESH_ABORTED', String(end))
      }),
      { numRuns: 40 },
    )
  })
})

const streamed = fc.array(fc.oneof(junk, fc.tuple(fc.constantFrom(END, ERROR, 7), junk, junk), fc.constant([END, []])), { maxLength: 10 })

test('fuzz: whatever a body stream carries, the request ends and both ends live', async () => {
  await withFakeTarget(async ({ rig, answerWith }) => {
    const caller = rig.caller()
    await fc.assert(
      fc.asyncProperty(streamed, async (messages) => {
        answerWith((id, port) => {
          const { port1, port2 } = new MessageChannel()
          port.postMessage([[RESPONSE, id, 200, 'OK', [], port2, UTF8, []]], [port2])
          for (const message of messages) port1.postMessage(message)
          port1.postMessage([END, []])
        })
        const request = caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000 })
        const end = await request.then(
          ({ status }) => status,
          ({ code }: { code: string }) => code.startsWith('MESHRT_'),
        )
        assert.ok(end === 200 || end === true)
      }),
      { numRuns: RUNS },
    )
  })
})

test('fuzz: whatever an upload stream carries, the handler sees an end or an error, and the next request is served', async () => {
  await withService(
    (req, res) =>
      void req
        .on('error', () => {})
        .on('close', () => res.destroyed || res.end('closed'))
        .resume(),
    async ({ served, caller }) => {
      let run = 0
      await fc.assert(
        fc.asyncProperty(streamed, async (messages) => {
          const { near, far } = createLine()
          served.endpoint.receive({ type: 'accept', from: `evil/0#${++run}` as WorkerKey, line: far })
          const { port1, port2 } = new MessageChannel()
          const answered = answerOf(near.port, 1)
          near.port.postMessage([[REQUEST, 1, 'POST', '/', [], port2, UTF8]], [port2])
          for (const message of messages) port1.postMessage(message)
          port1.postMessage([END, []])
          // Either it was a body, or the connection of a request whose body is none is closed without an answer.
          near.port.postMessage([[REQUEST, 2, 'GET', '/', [], null, UTF8]], [])
          await Promise.race([answered, answerOf(near.port, 2)])
          near.port.close()
          port1.close()
          assert.equal((await caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000 })).status, 200)
        }),
        { numRuns: RUNS },
      )
    },
  )
})

/** The answer to one request on a line. */
function answerOf(port: MessagePort, id: number): Promise<readonly unknown[]> {
  return new Promise((resolve) => {
    port.on('message', (batch: readonly unknown[][]) => {
      const answer = batch.find((frame) => frame[1] === id && (frame[0] === RESPONSE || frame[0] === FAIL))
      if (answer !== undefined) resolve(answer)
    })
  })
}

interface FakeTarget {
  readonly rig: MeshRig
  /** How the target answers from now on. */
  readonly answerWith: (answer: (id: number, port: MessagePort) => void) => void
  /** A new worker in place of the old one. */
  readonly reroute: () => Promise<void>
}

/** A target that is nothing but the far end of a line. */
async function withFakeTarget(use: (target: FakeTarget) => Promise<void>): Promise<void> {
  // A target that answers nothing but nonsense would soon be left alone.
  const rig = new MeshRig({ mesh: { circuit: { ...MESH.circuit, failures: 0 } } })
  const alive = setInterval(() => {}, 1_000)
  const lines: PortLine[] = []
  let answer: (id: number, port: MessagePort) => void = () => {}
  let worker: WorkerId = { service: serviceId('svc'), slot: 0, generation: 0 }
  const reroute = async () => {
    if (worker.generation > 0) rig.coordinator.leave(formatWorkerId(worker))
    worker = { ...worker, generation: worker.generation + 1 }
    rig.coordinator.join(formatWorkerId(worker), {
      send: (message) => {
        if (message.type !== 'accept' || message.line.kind !== 'port') return
        const { port } = message.line
        lines.push(message.line)
        port.on('message', (batch: readonly (readonly unknown[])[]) => {
          for (const frame of batch) if (frame[0] === REQUEST) answer(Number(frame[1]), port)
        })
      },
    })
    // It acknowledges nothing, so this takes as long as the deadline; nobody has to wait.
    void rig.coordinator.route(worker, { row: new SharedArrayBuffer(256), place: 'thread' })
  }
  try {
    await reroute()
    await use({ rig, reroute, answerWith: (next) => (answer = next) })
  } finally {
    clearInterval(alive)
    for (const { port } of lines) port.close()
    await rig.close()
  }
}
