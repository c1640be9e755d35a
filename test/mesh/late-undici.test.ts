import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

interface Seen {
  /** Paths of requests to the mesh. */
  readonly paths: readonly string[]
  /** Whether Node had loaded its undici before anybody looked. */
  readonly isLoaded: boolean
  readonly result: unknown
}

/** In a thread of its own, whose Node has not loaded its undici yet. */
async function inThread(work: string): Promise<Seen> {
  const file = (path: string): string => JSON.stringify(new URL(`../../${path}`, import.meta.url).href)
  const code = `
    const { parentPort } = require('node:worker_threads')
    void (async () => {
      const { installDispatchers } = await import(${file('src/mesh/client/undici/global.ts')})
      const isLoaded = () => Object.getOwnPropertyDescriptor(globalThis, Symbol.for('undici.globalDispatcher.1'))?.get === undefined
      const paths = []
      const mesh = {
        takes: ({ origin }) => String(origin).includes('plt.local'),
        dispatch: ({ path }, handler) => {
          paths.push(path)
          const error = new Error('seen')
          if (handler.onResponseError) handler.onResponseError(null, error)
          else handler.onError(error)
          return true
        },
      }
      const installed = installDispatchers(mesh)
      const npm = (name) => require('node:module').createRequire(${file('package.json')})(name)
      const failed = (promise) => promise.then(() => null, (error) => error.code ?? error.cause?.code ?? error.message)
      const result = await (async () => { ${work} })()
      parentPort.postMessage({ paths, isLoaded: isLoaded(), result: result ?? null })
    })()
  `
  const worker = new Worker(code, { eval: true, execArgv: ['--disable-warning=ExperimentalWarning'] })
  const [seen] = (await once(worker, 'message')) as [Seen]
  await worker.terminate()
  return seen
}

const MESH = "'http://auth.plt.local/x'"
/** Refuses connections. */
const NOWHERE = "'http://127.0.0.1:65535/'"

const ways: readonly (readonly [name: string, work: string])[] = [
  ['fetch', `await failed(fetch(${MESH}))`],
  ['a WebSocket that is the first to load it', `new WebSocket(${MESH}).onerror = () => {}; await new Promise(setImmediate)`],
  ['fetch after an import that looks at every export of node:http', `await import('node:http'); await failed(fetch(${MESH}))`],
  ['undici 7', `await failed(npm('undici').request(${MESH}))`],
  ['undici 6', `await failed(npm('undici6').request(${MESH}))`],
  ['undici 8', `await failed(npm('undici8').request(${MESH}))`],
  ['undici 7, in the very turn in which Node loads its own', `void Headers; await failed(npm('undici').request(${MESH}))`],
  [
    'undici 7, where nothing of the language can be changed',
    `Object.freeze(Object); void Headers; await null; await failed(npm('undici').request(${MESH}))`,
  ],
]

/** What some do to the language before or while undici is loaded. */
const hardenings: readonly (readonly [name: string, work: string])[] = [
  ['whose stacks are without the parts of Node', "Error.prepareStackTrace = () => ''; Error.stackTraceLimit = 0"],
  ['whose Error is frozen', 'Object.freeze(Error)'],
  ['whose Object is frozen in the turn in which it is loaded', 'void Headers; Object.freeze(Object); await null'],
]

for (const [name, harden] of hardenings) {
  test(`late undici: a worker ${name} calls the mesh and the outside`, async () => {
    const work = `${harden}; await failed(fetch(${MESH})); return [await failed(fetch(${NOWHERE})), await failed(npm('undici').request(${NOWHERE}))]`
    assert.deepEqual(await inThread(work), { paths: ['/x'], isLoaded: true, result: ['ECONNREFUSED', 'ECONNREFUSED'] })
  })
}

test('late undici: where the global object is frozen before anybody calls, the mesh is called all the same', async () => {
  const { paths } = await inThread(`Object.freeze(globalThis); await failed(fetch(${MESH})); await failed(npm('undici').request(${MESH}))`)
  assert.deepEqual(paths, ['/x', '/x'])
})

for (const [name, work] of ways) {
  test(`late undici: the mesh has the requests of ${name}`, async () => {
    assert.deepEqual((await inThread(work)).paths, ['/x'])
  })
}

test('late undici: who calls nobody does not load it', async () => {
  assert.deepEqual(await inThread("return typeof fetch + ('WebSocket' in globalThis)"), {
    paths: [],
    isLoaded: false,
    result: 'functiontrue',
  })
})

test("late undici: what is not for the mesh goes to Node's own dispatcher, whoever asks", async () => {
  const work = `return [await failed(fetch(${NOWHERE})), await failed(npm('undici').request(${NOWHERE})), await failed(npm('undici8').request(${NOWHERE}))]`
  const refused = 'ECONNREFUSED'
  assert.deepEqual(await inThread(work), { paths: [], isLoaded: true, result: [refused, refused, refused] })
})

test('late undici: a dispatcher that somebody puts in its place is left there', async () => {
  const work = `
    const { MockAgent, setGlobalDispatcher, getGlobalDispatcher } = npm('undici')
    const mine = new MockAgent()
    setGlobalDispatcher(mine)
    return [getGlobalDispatcher() === mine, installed.isInFront() ]
  `
  assert.deepEqual((await inThread(work)).result, [true, false])
})

test('late undici: a mock that is put in its place in the very turn in which undici is loaded, or by an assignment, stays there', async () => {
  const mock = "const mine = new (npm('undici').MockAgent)()"
  const inTurn = `${mock}; void Headers; npm('undici').setGlobalDispatcher(mine); await null; return [npm('undici').getGlobalDispatcher() === mine, installed.isInFront()]`
  assert.deepEqual((await inThread(inTurn)).result, [true, false])
  const assigned = `const mine = { dispatch() {} }; for (const n of [1, 2]) globalThis[Symbol.for('undici.globalDispatcher.' + n)] = mine; return installed.isInFront()`
  assert.equal((await inThread(assigned)).result, false)
})

test('late undici: a dispatcher that is put in its place before undici is loaded is seen', async () => {
  const put =
    "Object.defineProperty(globalThis, Symbol.for('undici.globalDispatcher.' + n), { value: {}, configurable: true, writable: true })"
  assert.deepEqual((await inThread(`for (const n of [1, 2]) ${put}; return installed.isInFront()`)).result, false)
})

test('late undici: what is not `dispatch` is that of the dispatcher behind it, its getters and its end included', async () => {
  const work = `
    void Headers
    const read = (dispatcher) => {
      for (let at = dispatcher; at !== null; at = Object.getPrototypeOf(at)) {
        for (const key of Reflect.ownKeys(at)) void dispatcher[key]
      }
    }
    const fronts = [1, 2].map((n) => globalThis[Symbol.for('undici.globalDispatcher.' + n)]).filter(Boolean)
    fronts.forEach(read)
    await fronts[0].close()
    return [fronts.every((one) => typeof one.compose === 'function'), await failed(fetch(${NOWHERE})) !== 'ECONNREFUSED']
  `
  assert.deepEqual((await inThread(work)).result, [true, true])
})

test('late undici: to uninstall leaves no trace, before and after it was loaded', async () => {
  const trace = "[1, 2].map((n) => Object.hasOwn(globalThis, Symbol.for('undici.globalDispatcher.' + n)))"
  assert.deepEqual((await inThread(`installed.uninstall(); return ${trace}`)).result, [false, false])
  for (const turn of ['', 'await null;']) {
    const after = await inThread(`void Headers; ${turn} installed.uninstall(); await failed(fetch(${MESH})); return null`)
    assert.deepEqual(after.paths, [], turn)
  }
})
