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
     const own = process.getBuiltinModule('node:http')
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
    easeHttpImport()
    const http = await import('node:' + 'http')
    post([isUndiciLoaded(), typeof http.WebSocket, typeof http.createServer, http.default === process.getBuiltinModule('http')])`
  assert.deepEqual(await inFreshThread(code), [false, 'function', 'function', true])
})

test('the classes that it would have loaded behave as they do: made, extended, compared, called', async () => {
  const code = `
    easeHttpImport()
    const { MessageEvent, CloseEvent, WebSocket } = await import('node:' + 'http')
    const event = new MessageEvent('message', { data: 1 })
    class Own extends CloseEvent {}
    const extended = new Own('close', { code: 4000 })
    const thrown = (() => { try { return MessageEvent('message') } catch (error) { return error.name } })()
    post([
      event.data, event instanceof MessageEvent, event instanceof own.MessageEvent, event.constructor === own.MessageEvent,
      extended instanceof Own, extended.code, extended instanceof own.CloseEvent, new own.CloseEvent('close') instanceof CloseEvent,
      WebSocket.OPEN, WebSocket.name, 'CLOSED' in WebSocket, Object.keys(WebSocket).includes('OPEN'), thrown,
    ])`
  const expected = [1, true, true, true, true, 4000, true, true, 1, 'WebSocket', true, true, 'TypeError']
  assert.deepEqual(await inFreshThread(code), expected)
})

test('once one was touched, imports are the classes themselves, and so are the properties all the time', async () => {
  const code = `
    easeHttpImport()
    const http = await import('node:' + 'http')
    const wereProperties = http.default.WebSocket === own.WebSocket
    const { CloseEvent } = http
    void CloseEvent.name
    post([wereProperties, http.CloseEvent === own.CloseEvent, http.default.CloseEvent === own.CloseEvent, CloseEvent.prototype === http.CloseEvent.prototype])`
  assert.deepEqual(await inFreshThread(code), [true, true, true, true])
})

test('whoever changes node:http before it is imported for the first time changes what is imported', async () => {
  const code = `
    easeHttpImport()
    const patched = () => 'patched'
    process.getBuiltinModule('node:http').request = patched
    const http = await import('node:' + 'http')
    post([http.request(), isUndiciLoaded()])`
  assert.deepEqual(await inFreshThread(code), ['patched', false])
})

test('whoever has imports brought up to date loads no undici', async () => {
  const code = `
    easeHttpImport()
    const http = await import('node:' + 'http')
    const { syncBuiltinESMExports } = process.getBuiltinModule('node:module')
    syncBuiltinESMExports()
    post([isUndiciLoaded(), new http.MessageEvent('message', { data: 1 }).data])`
  assert.deepEqual(await inFreshThread(code), [false, 1])
})
