import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { TrafficOptions } from '../support/traffic.ts'
import { Traffic } from '../support/traffic.ts'
import type { ServerKind, ServiceKind } from './kinds.ts'
import { SUBJECTS, subjectsOf, type Site, type Subject } from './site.ts'

/** A column of the table: true when it holds, null when the kind has nothing of the sort. Throws when it does not hold. */
export type Check = (site: Site, kind: ServiceKind) => Promise<true | null>

export const CHECKS: Readonly<Record<string, Check>> = {
  serves: async (site, kind) => {
    if (kind.shape !== 'server') return null
    await greets(site, { kind, service: 'subject' })
    await kind.features?.(site)
    return true
  },

  'is called by mesh': ofServers((site, kind) => greets(site, { kind, service: 'twin' })),

  'calls others': async (site, kind) => {
    if (kind.shape === 'command') return null
    if (kind.shape !== 'server') {
      const from = kind.shape === 'background' ? 'background' : 'twin'
      await soon(async () => assert.ok((await site.notes()).includes(from)))
      return true
    }
    for (const service of SUBJECTS) {
      const answer = await site.ask(service, { method: 'GET', path: kind.routes.fetch('http://peer.plt.local/called') })
      assert.match(answer.text, /peer.*\/called/)
    }
    return true
  },

  WebSocket: async (site, kind) => {
    if (!hasServer(kind) || kind.webSocket === null) return null
    for (const service of subjectsOf(kind)) {
      const answers = await site.talk(service, kind.webSocket)
      for (const [index, expected] of kind.webSocket.answers.entries()) assert.match(answers[index] ?? '', expected)
    }
    return true
  },

  'drains without loss': ofServers(async (site, kind) => {
    const loads = loadsOf(site, kind).map((load) => new Traffic(load))
    try {
      for (const service of subjectsOf(kind)) {
        await Promise.all(loads.map((load) => load.answers(10)))
        const restarted = await site.project.run('restart', service)
        assert.equal(restarted.code, 0, restarted.stderr + restarted.stdout)
      }
      await Promise.all(loads.map((load) => load.answers(10)))
    } finally {
      const reports = await Promise.all(loads.map((load) => load.stop()))
      const failed = reports.flatMap((report) => report.failed)
      assert.deepEqual(failed.slice(0, 5), [], `${failed.length} requests failed`)
    }
  }),

  restarts: async (site, kind) => {
    if (!hasServer(kind)) return restartsTask(site, kind.shape)
    for (const service of subjectsOf(kind)) {
      const before = await site.launches(service)
      await site.ask(service, kind.routes.crash).catch(() => undefined)
      await site.launched(service, before + 1)
      await greets(site, { kind, service })
    }
    return true
  },
}

/** A background service is restarted by hand and calls again; a oneshot runs once more. */
async function restartsTask(site: Site, shape: 'background' | 'oneshot'): Promise<true> {
  const before = await site.notes()
  const restarted = await site.project.run('restart', 'twin')
  assert.equal(restarted.code, 0, restarted.stderr + restarted.stdout)
  await soon(async () => assert.ok((await site.notes()).length > before.length))
  if (shape === 'oneshot')
    await site.running.until('it has completed', ({ services }) => services.some(({ state }) => state === 'completed'))
  return true
}

function ofServers(check: (site: Site, kind: ServerKind) => Promise<void>): Check {
  return async (site, kind) => {
    if (!hasServer(kind)) return null
    await check(site, kind)
    return true
  }
}

function hasServer(kind: ServiceKind): kind is ServerKind {
  return kind.shape === 'server' || kind.shape === 'command'
}

async function greets(site: Site, { kind, service }: { readonly kind: ServerKind; readonly service: Subject }): Promise<void> {
  const hello = await site.ask(service, kind.routes.hello)
  assert.equal(hello.status, 200, hello.text)
  assert.match(hello.text, /hello/)
  if (kind.routes.echo === null) return
  const body = JSON.stringify({ text: 'ä'.repeat(1000) })
  const echo = await site.ask(service, { method: 'POST', path: kind.routes.echo, body })
  assert.deepEqual(JSON.parse(echo.text), JSON.parse(body))
}

/** From outside and through the mesh, on connections that are kept and on new ones. */
function loadsOf(site: Site, { shape, routes }: ServerKind): readonly TrafficOptions[] {
  const inside = site.through(`http://twin.plt.local${routes.hello.path}`).slice(site.door.length)
  const common = { clients: 2, pauseMs: 10, method: 'GET' } as const
  const byMesh: TrafficOptions = { ...common, url: site.door, connection: 'keep-alive', path: () => inside }
  if (shape === 'command') return [byMesh]
  return [
    { ...common, url: site.url, connection: 'keep-alive', path: () => routes.hello.path },
    { ...common, url: site.url, connection: 'per-request', path: () => routes.hello.path },
    byMesh,
  ]
}

const SOON_MS = 10_000

/** Until it no longer throws: for what a service does by itself, of which nobody tells. */
async function soon(check: () => Promise<void>): Promise<void> {
  for (const untilMs = performance.now() + SOON_MS; ; await pause(20)) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > untilMs) throw error
    }
  }
}
