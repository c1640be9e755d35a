import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ControlClient } from '../../src/control/client.ts'
import type { RuntimeView, ServiceView } from '../../src/model/view.ts'
import { runCli, startCli, type CliProcess, type Ended } from './cli.ts'
import { tempDir, writeFiles, type Files, type Owner } from './temp-dir.ts'

const ANSWER_DEADLINE_MS = 15_000
const POLL_MS = 25

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
export const PUPPET = join(REPOSITORY, 'fixtures/puppet')

/** A folder with a runtime file, and the real CLI to use in it. */
export class Project {
  readonly #t: Owner
  readonly #runtimeDir: string
  readonly #env: Readonly<Record<string, string>>
  readonly root: string

  /** `runtimeFile` is YAML text, or a value that is written as JSON (which is YAML); none writes no file. */
  constructor(t: Owner, runtimeFile: unknown, options: { readonly files?: Files; readonly env?: Readonly<Record<string, string>> } = {}) {
    this.#t = t
    this.#env = options.env ?? {}
    this.#runtimeDir = tempDir(t)
    this.root = tempDir(t)
    if (runtimeFile !== undefined) {
      const text = typeof runtimeFile === 'string' ? runtimeFile : JSON.stringify(runtimeFile, null, 2)
      writeFiles(this.root, { 'meshrt.yaml': text })
    }
    writeFiles(this.root, options.files ?? {})
  }

  /** Where the control socket of this project's runtime appears. */
  get socketDir(): string {
    return join(this.#runtimeDir, 'meshrt')
  }

  write(files: Files): void {
    writeFiles(this.root, files)
  }

  /** Runs one command to its end. */
  run(...args: readonly string[]): Promise<Ended> {
    return runCli(this.#t, args, this.#options())
  }

  /** Starts a command that stays, without waiting for anything. */
  launch(...args: readonly string[]): CliProcess {
    return startCli(this.#t, args, this.#options())
  }

  /** Starts the runtime and waits until every service runs, or has completed. */
  async start(command: 'start' | 'dev' = 'start', ...args: readonly string[]): Promise<Running> {
    const running = new Running(this, this.launch(command, ...args))
    await running.until('every service runs', (view) => view.services.every(({ state }) => state === 'running' || state === 'completed'))
    return running
  }

  /** What the running runtime says of itself. @throws when there is none */
  async view(): Promise<RuntimeView> {
    const socket = readdirSync(this.socketDir).find((name) => name.endsWith('.sock'))
    if (socket === undefined) throw new Error(`${this.socketDir} holds no socket`)
    return new ControlClient(join(this.socketDir, socket)).view()
  }

  #options(): { cwd: string; runtimeDir: string; env: Readonly<Record<string, string>> } {
    return { cwd: this.root, runtimeDir: this.#runtimeDir, env: this.#env }
  }
}

/** A project whose runtime is up. */
export class Running {
  readonly #project: Project
  readonly cli: CliProcess

  constructor(project: Project, cli: CliProcess) {
    this.#project = project
    this.cli = cli
  }

  /** The document of `ps --json`, without a process for each time that a test asks. */
  ps(): Promise<RuntimeView> {
    return this.#project.view()
  }

  async service(id: string): Promise<ServiceView> {
    return serviceOf(await this.ps(), id)
  }

  async url(): Promise<string> {
    const { runtime } = await this.ps()
    if (runtime.url === null) throw new Error(`The runtime has no url:\n${this.cli.output}`)
    return runtime.url
  }

  /** Asks until it shows the condition; fails at once when the runtime has ended. */
  async until(what: string, holds: (view: RuntimeView) => boolean, deadlineMs = 40_000): Promise<RuntimeView> {
    const untilMs = performance.now() + deadlineMs
    let last: unknown = 'no answer yet'
    while (performance.now() < untilMs) {
      if (!this.cli.isRunning) throw new Error(`The runtime ended before ${what}:\n${this.cli.output}`)
      try {
        const view = await this.#project.view()
        if (holds(view)) return view
        last = JSON.stringify(view)
      } catch (error) {
        // It is not up yet, or not any more; the deadline decides.
        last = error
      }
      await pause(POLL_MS)
    }
    throw new Error(`Not within ${deadlineMs} ms: ${what}\n--- last view\n${String(last)}\n--- runtime\n${this.cli.output}`)
  }
}

export function serviceOf(view: RuntimeView, id: string): ServiceView {
  const service = view.services.find((candidate) => candidate.id === id)
  if (!service) throw new Error(`ps shows no service ${id}`)
  return service
}

/** Generation per slot: what a rolling restart raises, and a crash of a sibling does not. */
export function generations(service: ServiceView): readonly (number | null)[] {
  return service.workers.map((worker) => worker.generation)
}

interface Answer {
  readonly status: number
  /** Parsed, when it is JSON. */
  readonly body: unknown
}

interface Question {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** One request on a connection of its own: an idle keep-alive connection would be waited for when the runtime stops. */
export function ask(url: string, { method = 'GET', headers = {}, body = '' }: Question = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const outgoing = request(url, { method, agent: false, headers: { ...headers, ...length } })
    outgoing.setTimeout(ANSWER_DEADLINE_MS, () => outgoing.destroy(new Error(`${url}: no answer within ${ANSWER_DEADLINE_MS} ms`)))
    outgoing.on('error', reject).on('response', (incoming) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      incoming.on('error', reject).on('end', () => resolve({ status: incoming.statusCode ?? 0, body: parsed(text) }))
    })
    outgoing.end(body)
  })
}

function parsed(text: string): unknown {
  return /^[{[]/.test(text) ? JSON.parse(text) : text
}
