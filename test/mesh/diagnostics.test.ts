import assert from 'node:assert/strict'
import diagnostics from 'node:diagnostics_channel'
import { test } from 'node:test'
import { request } from 'undici'
import { SVC, withService } from './with-service.ts'

interface Message {
  readonly request: { origin: string; method: string; path: string; completed: boolean; addHeader(name: string, value: string): void }
  readonly response?: { statusCode: number; headers: Buffer[]; statusText: string }
  readonly error?: Error
}

/** What a tracer hears of undici while `use` runs; it puts a header on every request, as tracers do. */
async function traced(use: () => Promise<unknown>): Promise<string[]> {
  const heard: string[] = []
  const listeners = {
    'undici:request:create': ({ request: traced }: Message) => {
      heard.push(`create ${traced.method} ${traced.origin}${traced.path}`)
      traced.addHeader('traceparent', '00-1')
    },
    'undici:client:sendHeaders': () => heard.push('sendHeaders'),
    'undici:request:headers': ({ response }: Message) => {
      const type = response?.headers[(response.headers.findIndex((part) => /^x-type$/i.test(part.toString())) ?? 0) + 1]
      heard.push(`headers ${response?.statusCode} ${response?.statusText} ${type?.toString()}`)
    },
    'undici:request:trailers': ({ request: traced }: Message) => heard.push(`trailers ${traced.completed}`),
    'undici:request:error': ({ error }: Message) => heard.push(`error ${String(error?.name)}`),
  }
  for (const [name, listener] of Object.entries(listeners)) diagnostics.subscribe(name, listener as (message: unknown) => void)
  try {
    await use()
  } finally {
    for (const [name, listener] of Object.entries(listeners)) diagnostics.unsubscribe(name, listener as (message: unknown) => void)
  }
  return heard
}

test("undici's diagnostics channels tell of requests of the mesh, and what they add arrives", () =>
  withService(
    (req, res) => {
      res.setHeader('x-type', 'own')
      if (req.url === '/streamed') res.write('part')
      setImmediate(() => (req.url === '/broken' ? res.destroy() : res.end(req.headers['traceparent'])))
    },
    async () => {
      const whole = ['create GET http://svc.plt.local/whole', 'sendHeaders', 'headers 200 OK own', 'trailers true']
      assert.deepEqual(await traced(async () => assert.equal(await (await fetch(`${SVC}/whole`)).text(), '00-1')), whole)
      assert.deepEqual(await traced(async () => assert.equal(await (await request(`${SVC}/whole`)).body.text(), '00-1')), whole)
      assert.deepEqual(
        await traced(async () => assert.equal(await (await fetch(`${SVC}/streamed`)).text(), 'part00-1')),
        whole.map((line) => line.replace('/whole', '/streamed')),
      )
      assert.deepEqual(await traced(() => assert.rejects(fetch(`${SVC}/broken`))), [
        'create GET http://svc.plt.local/broken',
        'sendHeaders',
        'error MeshrtError',
      ])
    },
  ))
