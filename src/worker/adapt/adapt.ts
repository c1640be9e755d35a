import { assertNever } from '../../model/assert-never.ts'
import { ownEntry } from '../../model/own-files.ts'
import type { HostedApp } from '../hosted-app.ts'
import type { App } from '../service-kind.ts'
import { adaptFastify } from './fastify.ts'
import type * as fetchAdapter from './fetch.ts'
import { adaptNest } from './nest.ts'
import { adaptServer, adaptListener } from './server.ts'

/** One shape for every kind of application. */
export async function adapt(app: App): Promise<HostedApp> {
  switch (app.kind) {
    case 'fastify':
      return adaptFastify(app.app)
    case 'nest':
      return adaptNest(app.app)
    case 'fetch':
      return (await loadFetchAdapter()).adaptFetch(app.app)
    case 'server':
      return adaptServer(app.server)
    case 'listener':
      return adaptListener(app.listener)
    default:
      return assertNever(app)
  }
}

/** By the place where it lies: what translates requests is a fifth of a worker's code, and few services need it. */
async function loadFetchAdapter(): Promise<typeof fetchAdapter> {
  return (await import(ownEntry('worker/adapt/fetch').href)) as typeof fetchAdapter
}
