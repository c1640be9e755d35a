import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

/** What `code` posts, in a thread where nobody has imported `node:http` before. */
async function inFreshThread(code: string): Promise<unknown> {
  const module = new URL('../../src/worker/http-exports.ts', import.meta.url).href
  const worker = new Worker(
    `import { parentPort } from 'node:worker_threads'
     const { easeHttpImport } = await import(${JSON.stringify(module)})
     const isUndiciLoaded = () => process.moduleLoadList.includes('NativeModule internal/deps/undici/undici')
     const post = (value) => parentPort.postMessage(value)
     ${code}`,
    { eval: true, execArgv: ['--input-type=module', '--no-warnings'] },
  )
  const outcome = Promise.withResolvers<unknown>()
  worker.once('message', outcome.resolve).once('error', outcome.reject)
  try {
    return await outcome.promise
  } finally {
    await worker.terminate()
  }
}

test('Node loads its undici for an import of node:http, without this', async () => {
  assert.equal(await inFreshThread(`await import('node:' + 'http'); post(isUndiciLoaded())`), true)
})

test('an import of node:http loads no undici', async () => {
  const code = `
    await easeHttpImport()
    const http = await import('node:' + 'http')
    post([isUndiciLoaded(), typeof http.WebSocket, typeof http.createServer, http.default === process.getBuiltinModule('http')])`
  assert.deepEqual(await inFreshThread(code), [false, 'function', 'function', true])
})

test('the classes that it would have loaded behave as they do: made, extended, compared, called', async () => {
  const code = `
    await easeHttpImport()
    const { MessageEvent, CloseEvent, WebSocket } = await import('node:' + 'http')
    const event = new MessageEvent('message', { data: 1 })
    class Own extends CloseEvent {}
    const own = new Own('close', { code: 4000 })
    const thrown = (() => { try { return MessageEvent('message') } catch (error) { return error.name } })()
    post([
      event.data, event instanceof MessageEvent, event instanceof globalThis.MessageEvent, event.constructor === globalThis.MessageEvent,
      own instanceof Own, own.code, own instanceof globalThis.CloseEvent, new globalThis.CloseEvent('close') instanceof CloseEvent,
      WebSocket.OPEN, WebSocket.name, 'CLOSED' in WebSocket, Object.keys(WebSocket).includes('OPEN'), thrown,
    ])`
  const expected = [1, true, true, true, true, 4000, true, true, 1, 'WebSocket', true, true, 'TypeError']
  assert.deepEqual(await inFreshThread(code), expected)
})

test('once one was touched, imports are the classes themselves, and so are the properties all the time', async () => {
  const code = `
    await easeHttpImport()
    const http = await import('node:' + 'http')
    const before = http.WebSocket === http.default.WebSocket
    void http.WebSocket.OPEN
    post([before, http.WebSocket === http.default.WebSocket, http.CloseEvent === globalThis.CloseEvent, http.default.WebSocket === globalThis.WebSocket])`
  assert.deepEqual(await inFreshThread(code), [false, true, true, true])
})
