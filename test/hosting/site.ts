import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask, Project, serviceOf, type Running } from '../support/project.ts'
import type { Owner } from '../support/temp-dir.ts'
import type { Ask, ServiceKind } from './kinds.ts'
import { converse } from './services/converse.ts'

/** How a worker is kept apart from the runtime. */
export type Isolation = 'thread' | 'process' | 'command'

export function isolationsOf({ shape }: ServiceKind): readonly Isolation[] {
  return shape === 'command' ? ['command'] : ['thread', 'process']
}

const SERVICES = join(import.meta.dirname, 'services')
const RESTART = { delay: '20ms', maxDelay: '50ms' }

/** `subject` is the entrypoint, `twin` the same service behind it. */
export const SUBJECTS = ['subject', 'twin'] as const
export type Subject = (typeof SUBJECTS)[number]

/** A program has no entrypoint's sockets. */
export function subjectsOf({ shape }: ServiceKind): readonly Subject[] {
  return shape === 'server' ? SUBJECTS : ['twin']
}

/** A runtime with the service under test twice, a sibling that it calls (`peer`), and a door into the mesh. */
export class Site {
  readonly project: Project
  readonly running: Running
  /** Of the entrypoint. */
  readonly url: string
  /** Of the door. */
  readonly door: string

  static async start(t: Owner, kind: ServiceKind, isolation: Isolation): Promise<Site> {
    const portFile = 'door.port'
    const keys = { ...kind.keys, ...(isolation === 'process' ? { isolation } : {}) }
    const subjects = kind.shape === 'server' ? { subject: keys, twin: keys } : { twin: { ...keys, dependsOn: ['peer'] } }
    const project = new Project(t, {
      entrypoint: kind.shape === 'server' ? 'subject' : 'none',
      server: { port: 0 },
      restart: RESTART,
      services: {
        ...subjects,
        peer: { path: SERVICES, entry: 'peer.ts' },
        door: { path: SERVICES, entry: 'door.ts', type: 'background', config: { portFile: join('.', portFile) } },
      },
    })
    const running = await project.start()
    const file = join(project.root, portFile)
    if (!existsSync(file)) throw new Error(`The door has told no port:\n${running.cli.output}`)
    const door = `http://127.0.0.1:${readFileSync(file, 'utf8')}`
    return new Site({ project, running, door, url: kind.shape === 'server' ? await running.url() : '' })
  }

  private constructor({ project, running, door, url }: { project: Project; running: Running; door: string; url: string }) {
    this.project = project
    this.running = running
    this.door = door
    this.url = url
  }

  /** Over TCP for the entrypoint, through the mesh for any other. */
  async ask(service: Subject | 'peer', { method, path, body }: Ask): Promise<{ readonly status: number; readonly text: string }> {
    const url = service === 'subject' ? `${this.url}${path}` : this.through(`http://${service}.plt.local${path}`)
    const json = body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }
    const answer = await ask(url, { method, ...json })
    return { status: answer.status, text: typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body) }
  }

  /** Says something on a WebSocket of the service; the answers. */
  async talk(service: Subject, { path, says }: { readonly path: string; readonly says: readonly string[] }): Promise<readonly string[]> {
    if (service === 'subject') return converse(`${this.url.replace('http:', 'ws:')}${path}`, says)
    const said = says.map((text) => `&say=${encodeURIComponent(text)}`).join('')
    return (await ask(this.through(`ws://${service}.plt.local${path}`) + said)).body as readonly string[]
  }

  /** The door's address for a URL of the mesh. */
  through(url: string): string {
    return `${this.door}/?to=${encodeURIComponent(url)}`
  }

  /** Who has called the peer so far. */
  async notes(): Promise<readonly string[]> {
    const { text } = await this.ask('peer', { method: 'GET', path: '/notes' })
    return JSON.parse(text) as readonly string[]
  }

  /** Sum of the generations of a service's slots: one more for each worker that was started again. */
  async launches(service: Subject): Promise<number> {
    return launchesOf(await this.running.service(service))
  }

  /** Resolves when the service has had so many launches and all of its workers are ready. */
  async launched(service: Subject, launches: number): Promise<void> {
    await this.running.until(`${service} has been launched ${launches} times`, (view) => {
      const { state, workers } = serviceOf(view, service)
      return launchesOf({ workers }) >= launches && state === 'running'
    })
  }
}

function launchesOf({ workers }: { readonly workers: readonly { readonly generation: number | null }[] }): number {
  return workers.reduce((sum, { generation }) => sum + (generation ?? 0), 0)
}
