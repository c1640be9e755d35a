import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isErrorDocument } from '../../src/control/protocol.ts'
import type { ErrorDocument } from '../../src/errors/render.ts'
import type { EventOf, EventType, StampedEvent } from '../../src/model/events.ts'
import { formatWorkerId } from '../../src/model/ids.ts'
import type { CliProcess } from './cli.ts'
import { readJournal } from './journal.ts'
import { judge, type Judgement, type Request } from './nothing-lost.ts'
import { ask, Project, PUPPET, type Running } from './project.ts'
import { tempDir, writeFiles, type Owner } from './temp-dir.ts'
import { Traffic } from './traffic.ts'

const HAPPENS_WITHIN_MS = 30_000

const SERVICES = ['gateway', 'auth'] as const
type Service = (typeof SERVICES)[number]

export interface ChurnOptions {
  readonly gateway?: object
  readonly auth?: object
  readonly runtime?: object
}

/** Two services that keep a record of what they take, under every kind of traffic, while a test does something to their workers. */
export class Churn {
  readonly project: Project
  readonly running: Running
  readonly url: string
  readonly #records: string
  readonly #events: CliProcess
  readonly #loads: readonly Traffic[]
  readonly #heard: EventOf<EventType>[] = []
  #readUpTo = 0

  static async start(t: Owner, options: ChurnOptions = {}): Promise<Churn> {
    // By their whole name: workers in processes have a working directory of their own.
    const records = tempDir(t)
    const config = (service: Service, own: { config?: object } = {}) => ({
      path: PUPPET,
      ...own,
      config: { recordFile: join(records, `${service}.journal`), flagFile: join(records, `${service}.json`), ...own.config },
    })
    const project = new Project(t, {
      entrypoint: 'gateway',
      server: { port: 0 },
      workers: 2,
      ...options.runtime,
      services: { gateway: { dependsOn: ['auth'], ...config('gateway', options.gateway) }, auth: config('auth', options.auth) },
    })
    const running = await project.start()
    const url = await running.url()
    const churn = new Churn(project, { running, url, records })
    await churn.swing()
    return churn
  }

  private constructor(
    project: Project,
    { running, url, records }: { readonly running: Running; readonly url: string; readonly records: string },
  ) {
    this.project = project
    this.#records = records
    this.running = running
    this.url = url
    this.#events = project.launch('events', '--json', '--follow', '--lines', '1000')
    const common = { url, clients: 2, pauseMs: 40, body: (id: string) => `${id} `.repeat(50) } as const
    const own = (id: string): string => `/work?ms=3&id=${id}`
    const through = (route: string) => (id: string) =>
      `${route}?id=${id}&to=${encodeURIComponent(`http://auth.plt.local/work?ms=3&id=${id}`)}`
    this.#loads = [
      new Traffic({ ...common, method: 'POST', connection: 'keep-alive', path: own }),
      new Traffic({ ...common, method: 'POST', connection: 'per-request', path: own }),
      new Traffic({ ...common, method: 'POST', connection: 'keep-alive', path: through('/relay') }),
      new Traffic({ ...common, method: 'GET', connection: 'per-request', path: through('/relay') }),
      new Traffic({ ...common, method: 'POST', connection: 'keep-alive', path: through('/pipe'), streamed: true }),
    ]
  }

  /** Resolves when each kind of traffic had so many more answers: what was done meanwhile was done under load. */
  async swing(answers = 15): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.answers(answers)))
  }

  /** Has one worker of a service do something to itself. Resolves with its answer, or when it died of it. */
  async order(service: Service, path: string): Promise<void> {
    const url = service === 'gateway' ? `${this.url}${path}` : `${this.url}/relay?to=${encodeURIComponent(`http://auth.plt.local${path}`)}`
    await ask(url, { method: 'POST' }).catch(() => undefined)
  }

  flags(service: Service, flags: object): void {
    writeFiles(this.#records, { [`${service}.json`]: JSON.stringify(flags) })
  }

  /** Writes another runtime file; it is for a reload to take it up. */
  edit(change: (file: Record<string, unknown> & { readonly services: Record<string, Record<string, unknown>> }) => void): void {
    const file = JSON.parse(readFileSync(join(this.project.root, 'meshrt.yaml'), 'utf8')) as Parameters<typeof change>[0]
    change(file)
    this.project.write({ 'meshrt.yaml': JSON.stringify(file, null, 2) })
  }

  async restart(service: Service): Promise<void> {
    const restarted = await this.project.run('restart', service)
    assert.equal(restarted.code, 0, restarted.stderr + restarted.stdout)
  }

  /** Events of this type so far. */
  events<T extends EventType>(type: T): readonly EventOf<T>[] {
    return this.#all().filter((event): event is EventOf<T> => event.type === type)
  }

  /** Resolves when there have been so many events of the type that fit. */
  async happened<T extends EventType>(count: number, type: T, fits: (event: EventOf<T>) => boolean = () => true): Promise<void> {
    await this.#events.until(`shown ${count} × ${type}`, () => this.events(type).filter(fits).length >= count, HAPPENS_WITHIN_MS)
  }

  /** Ends the traffic and says what became of every request. */
  async verdict(): Promise<Judgement> {
    await this.swing()
    const reports = await Promise.all(this.#loads.map(async (load) => ({ repeatable: load.method === 'GET', report: await load.stop() })))
    const requests = reports.flatMap(({ repeatable, report }): Request[] => [
      ...report.answered.map((id) => ({ id, repeatable, failure: null })),
      ...report.failed.map(({ id, reason }) => ({ id, repeatable, failure: reason })),
    ])
    const journal = SERVICES.map((service) => join(this.#records, `${service}.journal`)).flatMap((file) =>
      existsSync(file) ? readJournal(file) : [],
    )
    const deaths = this.events('worker.exited').filter(({ exit }) => exit.kind !== 'stopped')
    return judge({ requests, journal, deaths: new Set(deaths.map(({ worker }) => formatWorkerId(worker))), entrypoint: 'gateway' })
  }

  /** What the follower has printed since the last look is read then. */
  #all(): readonly EventOf<EventType>[] {
    const text = this.#events.stdout
    const end = text.lastIndexOf('\n') + 1
    const lines = text.slice(this.#readUpTo, end).split('\n').slice(0, -1)
    this.#readUpTo = end
    for (const line of lines) {
      const document = JSON.parse(line) as StampedEvent | ErrorDocument
      if (isErrorDocument(document)) throw new Error(`${document.message}\n--- runtime\n${this.running.cli.output}`)
      this.#heard.push(document.event)
    }
    return this.#heard
  }
}
