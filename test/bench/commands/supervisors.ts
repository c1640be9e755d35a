import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { peerVersions } from '../install-peers.ts'
import { BENCH_DIR, MESHRT_PACKAGE } from '../paths.ts'
import { serviceId, type Deployed, type Deployment } from './deployment.ts'

/** A command as a user would type it, with what it needs written down before. */
export interface Command {
  readonly name: string
  /** Arguments of Node. */
  readonly args: readonly string[]
  /** What it prints when everything is ready; null = ready is who answers. */
  readonly ready: RegExp | null
  /** Where each service that has a port of its own answers; the entrypoint is the first. */
  readonly urls: readonly [string, ...string[]]
  /** Arguments of Node that stop it; null = the signal SIGTERM does. */
  readonly stop: readonly string[] | null
}

/** Makes the command that runs a deployment. */
export type Supervisor = (deployed: Deployed) => Promise<Command>

export const MESHRT_BIN = join(MESHRT_PACKAGE, 'bin/meshrt.mjs')
export const WATTPM_BIN = join(BENCH_DIR, 'node_modules/wattpm/bin/cli.js')
export const PM2_BIN = join(BENCH_DIR, 'node_modules/pm2/bin/pm2')

/** `meshrt start` with nothing but the runtime file, which says nothing but what it has to. */
export async function meshrt(deployed: Deployed): Promise<Command> {
  const { folder, ports, modules } = deployed
  const file = join(folder, 'meshrt.yaml')
  // JSON is YAML.
  await writeJson(file, {
    name: 'bench',
    entrypoint: serviceId(0),
    server: { port: ports[0] },
    services: Object.fromEntries(modules.map((_, at) => [serviceId(at), meshrtService(at, deployed)])) as object,
  })
  return command('meshrt', { args: [MESHRT_BIN, 'start', '-c', file], ready: /^bench is running /m, ports: [ports[0]] })
}

function meshrtService(at: number, { workers, atOnce = Infinity }: Deployment): object {
  return {
    path: `services/${serviceId(at)}`,
    ...(workers === 1 ? {} : { workers }),
    ...(at < atOnce ? {} : { dependsOn: [serviceId(at - atOnce)] }),
  }
}

/** Its documented form for Node applications: `watt.json` of the runtime, one of each application, `@platformatic/node` beside them. */
export async function wattpm(deployed: Deployed): Promise<Command> {
  const { folder, workers, ports, modules } = deployed
  await writeJson(join(folder, 'package.json'), { name: 'bench', private: true })
  const versions = await peerVersions()
  const schemaOf = (peer: string): string => `https://schemas.platformatic.dev/${peer}/${versions[peer] ?? ''}.json`
  await writeJson(join(folder, 'watt.json'), {
    $schema: schemaOf('wattpm'),
    server: { hostname: '127.0.0.1', port: ports[0] },
    entrypoint: serviceId(0),
    workers,
    autoload: { path: 'services' },
  })
  for (const module of modules) await writeJson(join(module, '../watt.json'), { $schema: schemaOf('@platformatic/node') })
  return command('wattpm', { args: [WATTPM_BIN, 'start', folder], ready: /Platformatic is now listening at/, ports: [ports[0]] })
}

/** A process for each service, or a cluster of it; its command ends as soon as its daemon has started them. */
export async function pm2(deployed: Deployed): Promise<Command> {
  const { folder, workers, ports, modules } = deployed
  const apps = modules.map((module, at) => ({
    name: serviceId(at),
    script: ALONE,
    args: [module, String(ports[at] ?? 0)],
    ...(workers === 1 ? {} : { instances: workers, exec_mode: 'cluster' }),
  }))
  const file = join(folder, 'pm2.config.json')
  await writeJson(file, { apps })
  return { ...command('pm2', { args: [PM2_BIN, 'start', file], ready: null, ports }), stop: [PM2_BIN, 'kill'] }
}

/** The first service alone, without anybody. */
export async function plainProcess({ modules, ports }: Deployed): Promise<Command> {
  return command('node app.js', { args: [ALONE, modules[0] ?? '', String(ports[0])], ready: null, ports: [ports[0]] })
}

/** The services in bare worker threads, as many as their workers. */
export async function plainThreads({ modules, ports, workers }: Deployed): Promise<Command> {
  const args = [plainFile('threads.js'), String(ports[0]), String(workers), ...modules]
  return command('plain threads', { args, ready: /^all are ready$/m, ports: [ports[0]] })
}

/** The first service in processes that share its port, as many as its workers. */
export async function plainCluster({ modules, ports, workers }: Deployed): Promise<Command> {
  const args = [plainFile('cluster.js'), modules[0] ?? '', String(ports[0]), String(workers)]
  return command('node:cluster', { args, ready: /^all are ready$/m, ports: [ports[0]] })
}

const ALONE = plainFile('alone.js')

function command(name: string, { args, ready, ports }: { args: Command['args']; ready: RegExp | null; ports: Deployed['ports'] }): Command {
  const [first, ...others] = ports.map((port) => `http://127.0.0.1:${port}/`)
  return { name, args, ready, urls: [first ?? '', ...others], stop: null }
}

function plainFile(name: string): string {
  return fileURLToPath(new URL(`../plain/${name}`, import.meta.url))
}

async function writeJson(file: string, content: object): Promise<void> {
  await writeFile(file, JSON.stringify(content, null, 2))
}
