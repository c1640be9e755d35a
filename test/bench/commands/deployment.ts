import { cp, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { SERVICES_DIR } from '../paths.ts'

/** What is to run, whoever runs it. The first service is the entrypoint. */
export interface Deployment {
  /** File name of the service's module; all services are the same. */
  readonly app: string
  readonly services: number
  /** Of each service. */
  readonly workers: number
  /** So many services start at a time, as each depends on one before it; without this all do. For meshrt only. */
  readonly atOnce?: number
}

/** A deployment in its folder, with the files that each contender wants. */
export interface Deployed extends Deployment {
  readonly folder: string
  /** Modules of the services, in order. */
  readonly modules: readonly string[]
  /** A free port for each service. Who has an entrypoint needs the first one only. */
  readonly ports: readonly [number, ...number[]]
}

export function serviceId(at: number): string {
  return `app-${at + 1}`
}

/** Writes it anew, with ports that are free now, always into the same folder, so that what is cached for a path stays. */
export async function deploy(deployment: Deployment, parent: string): Promise<Deployed> {
  const { app, services, workers } = deployment
  const folder = join(parent, `${app}-${services}-${workers}`)
  const ids = Array.from({ length: services }, (_, at) => serviceId(at))
  await Promise.all(ids.map((id) => writeService(join(folder, 'services', id), { id, app })))
  const [first = 0, ...others] = await freePorts(services)
  const modules = ids.map((id) => join(folder, 'services', id, 'index.js'))
  return { ...deployment, folder, modules, ports: [first, ...others] }
}

async function writeService(folder: string, { id, app }: { readonly id: string; readonly app: string }): Promise<void> {
  await mkdir(folder, { recursive: true })
  await cp(join(SERVICES_DIR, app), join(folder, 'index.js'))
  await cp(join(SERVICES_DIR, 'item.json'), join(folder, 'item.json'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: id, type: 'module', main: 'index.js' }))
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  try {
    await Promise.all(servers.map((server) => once(server, 'listening')))
    return servers.map((server) => (server.address() as AddressInfo).port)
  } finally {
    await Promise.all(servers.map((server) => once(server.close(), 'close')))
  }
}
