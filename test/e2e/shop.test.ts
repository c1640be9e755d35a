import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ask, Project, REPOSITORY, type Running } from '../support/project.ts'
import { tempDir } from '../support/temp-dir.ts'

/** The example as it is delivered, except that it takes a free port. */
async function startShop(t: TestContext): Promise<Running> {
  const example = readFileSync(join(REPOSITORY, 'meshrt.yaml.example'), 'utf8')
  const runtimeFile = example.replaceAll('./fixtures/shop', join(REPOSITORY, 'fixtures/shop'))
  const project = new Project(t, runtimeFile, { env: { PORT: '0', ORDERS_FILE: join(tempDir(t), 'orders.jsonl') } })
  return project.start()
}

test('the shop of meshrt.yaml.example serves all four services through its gateway', async (t) => {
  const running = await startShop(t)
  const url = await running.url()

  await t.test('an overview comes from the gateway itself', async () => {
    const { status, body } = await ask(`${url}/`)
    assert.equal(status, 200)
    assert.ok(JSON.stringify(body).includes('/products'))
  })

  await t.test('products come from the catalog', async () => {
    assert.deepEqual(await ask(`${url}/products/cup`), {
      status: 200,
      body: { id: 'cup', name: 'Cup without a handle', kind: 'tea ware', price: 850 },
    })
    const found = await ask(`${url}/products?q=green%20tea`)
    assert.equal((found.body as unknown[]).length, 2)
  })

  await t.test('a missing product is a 404 of the catalog, passed on', async () => {
    assert.deepEqual(await ask(`${url}/products/nope`), { status: 404, body: { error: 'no product "nope"', service: 'catalog' } })
  })

  await t.test('a wrong password is refused, an order without a token too', async () => {
    assert.equal((await ask(`${url}/login`, postJson({ user: 'ada', password: 'wrong' }))).status, 401)
    assert.equal((await ask(`${url}/orders`, postJson({ productId: 'cup', quantity: 1 }))).status, 401)
  })

  await t.test('an order passes through auth, catalog and orders, and every worker of orders knows it', async () => {
    const login = await ask(`${url}/login`, postJson({ user: 'ada', password: 'lovelace' }))
    const { token } = login.body as { readonly token: string }
    const created = await ask(`${url}/orders`, postJson({ productId: 'cup', quantity: 3 }, token))
    assert.equal(created.status, 201, JSON.stringify(created))
    const order = created.body as { readonly id: string; readonly total: number }
    assert.equal(order.total, 2550)
    for (const _ of [1, 2, 3]) assert.deepEqual(await ask(`${url}/orders/${order.id}`), { status: 200, body: order })
  })

  await t.test('a large report streams through two services complete', async () => {
    const report = await ask(`${url}/report?days=50000`)
    assert.equal(report.status, 200)
    assert.equal(String(report.body).trimEnd().split('\n').length, 50_001)
  })

  await t.test('requests rotate over the workers of auth', async () => {
    const slots = new Set<number>()
    for (const _ of [1, 2, 3, 4]) {
      const { body } = await ask(`${url}/whoami`)
      slots.add((body as { readonly auth: { readonly slot: number } }).auth.slot)
    }
    assert.deepEqual(slots, new Set([0, 1]))
  })

  await t.test('ps shows four running services with the workers of the file', async () => {
    // On a machine that is busy with other tests, the report may have kept a worker from answering a ping in time.
    const view = await running.until('all workers are in rotation', ({ services }) => services.every((one) => one.ready === one.desired))
    assert.deepEqual(
      view.services.map(({ id, state, ready, desired }) => ({ id, state, ready, desired })),
      [
        { id: 'gateway', state: 'running', ready: 2, desired: 2 },
        { id: 'auth', state: 'running', ready: 2, desired: 2 },
        { id: 'catalog', state: 'running', ready: 1, desired: 1 },
        { id: 'orders', state: 'running', ready: 3, desired: 3 },
      ],
    )
  })
})

function postJson(body: unknown, token?: string): Parameters<typeof ask>[1] {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return { method: 'POST', headers: { 'content-type': 'application/json', ...authorization }, body: JSON.stringify(body) }
}
