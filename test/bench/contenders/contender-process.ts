import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { MemoryReport, Notice, Order, Ready, Usage } from './protocol.ts'
import type { ThreadPlan } from './thread-plan.ts'

const START_DEADLINE_MS = 180_000
const REPLY_DEADLINE_MS = 10_000
const STOP_DEADLINE_MS = 20_000
/** On top of what an order itself says it takes. */
const ORDER_DEADLINE_MS = 60_000

/**
 * A contender in a process of its own, idle while others are measured, so that heaps and collections do not mix. When it ends by itself,
 * whatever waits for it fails.
 */
export class ContenderProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (value: unknown) => void>()
  readonly #gone: Promise<never>
  #announce: (ready: Ready) => void = () => {}
  #ready: Ready = { kind: 'ready', url: '', origins: {} }
  #orders = 0

  /** A runtime of meshrt. */
  static async ofRuntime(file: string): Promise<ContenderProcess> {
    return await new ContenderProcess('meshrt.ts', file).#started()
  }

  /** The same services without meshrt. */
  static async ofThreads(plan: ThreadPlan): Promise<ContenderProcess> {
    return await new ContenderProcess('threads.ts', JSON.stringify(plan)).#started()
  }

  private constructor(module: string, argument: string) {
    const path = fileURLToPath(new URL(module, import.meta.url))
    this.#child = fork(path, [argument], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#gone = once(this.#child, 'exit').then(([code, signal]: unknown[]): never => {
      throw new Error(`${module} ${argument} ended by itself (${String(code ?? signal)})`)
    })
    // Whoever waits races against it; nobody waiting is no reason to fail.
    this.#gone.catch(() => {})
    this.#child.on('message', (notice: Notice) => this.#hear(notice))
  }

  /** Has the service do what `steeredServer` gave it to do. */
  async steer<Report>(order: object, takesMs: number): Promise<Report> {
    const signal = AbortSignal.timeout(takesMs + ORDER_DEADLINE_MS)
    const response = await this.#orGone(fetch(this.#ready.url, { method: 'POST', body: JSON.stringify(order), signal }))
    const text = await this.#orGone(response.text())
    if (!response.ok) throw new Error(text)
    return JSON.parse(text) as Report
  }

  /** Where its entrypoint is reached from outside. */
  get url(): string {
    return this.#ready.url
  }

  /** Where its services call one of them. */
  originOf(service: string): string {
    const origin = this.#ready.origins[service]
    if (origin === undefined) throw new Error(`This contender has no service "${service}"`)
    return origin
  }

  async usage(): Promise<Usage> {
    return (await this.#ask('usage')) as Usage
  }

  /** Peak memory of the process while `work` goes on. */
  async watchMemory(work: () => Promise<void>): Promise<MemoryReport> {
    await this.#ask('watch-memory')
    await work()
    return (await this.#ask('report-memory')) as MemoryReport
  }

  async close(): Promise<void> {
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null) return
    const exited = once(this.#child, 'exit')
    if (this.#child.connected) this.#child.send({ id: 0, kind: 'stop' } satisfies Order)
    const deadline = setTimeout(() => this.#child.kill('SIGKILL'), STOP_DEADLINE_MS)
    await exited
    clearTimeout(deadline)
  }

  async #started(): Promise<this> {
    try {
      const ready = new Promise<Ready>((resolve) => (this.#announce = resolve))
      this.#ready = await this.#orGone(within(ready, START_DEADLINE_MS, 'A contender has not started'))
      return this
    } catch (error) {
      await this.close()
      throw error
    }
  }

  #ask(kind: Order['kind']): Promise<unknown> {
    const id = ++this.#orders
    const reply = new Promise((resolve) => this.#waiting.set(id, resolve))
    this.#child.send({ id, kind } satisfies Order)
    return this.#orGone(within(reply, REPLY_DEADLINE_MS, `A contender has not answered "${kind}"`))
  }

  #hear(notice: Notice): void {
    if (notice.kind === 'ready') return this.#announce(notice)
    this.#waiting.get(notice.id)?.(notice.value)
    this.#waiting.delete(notice.id)
  }

  #orGone<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#gone])
  }
}

/** Opens all one after the other, and closes them again whatever happens. */
export async function withContenders<Name extends string, T>(
  openers: Readonly<Record<Name, () => Promise<ContenderProcess>>>,
  use: (opened: Readonly<Record<Name, ContenderProcess>>) => Promise<T>,
): Promise<T> {
  const opened: Record<string, ContenderProcess> = {}
  try {
    for (const name of Object.keys(openers) as Name[]) opened[name] = await openers[name]()
    return await use(opened as Record<Name, ContenderProcess>)
  } finally {
    await Promise.all(Object.values<ContenderProcess>(opened).map((contender) => contender.close()))
  }
}

async function within<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
