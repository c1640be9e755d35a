import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import type { Clock } from '../../model/clock.ts'
import type { ReadySpec } from '../../model/spec.ts'

/** Between two tries. */
const RETRY_MS = 50

/** One try: a server that takes longer is not ready yet. */
const TRY_MS = 2000

export interface ProbeTarget {
  /** Null for what has no server. */
  readonly url: URL | null
  readonly cwd: string
  readonly env: Record<string, string>
}

/** What tells whether a program is ready that cannot say so itself. `heardLine` is told each line of its output. */
export class Readiness {
  readonly #spec: ReadySpec
  readonly #clock: Clock
  readonly #pattern: RegExp | null
  readonly #heard = Promise.withResolvers<void>()

  constructor(spec: ReadySpec, clock: Clock) {
    this.#spec = spec
    this.#clock = clock
    this.#pattern = spec.kind === 'log' ? new RegExp(spec.pattern, 'u') : null
  }

  heardLine(text: string): void {
    if (this.#pattern?.test(text)) this.#heard.resolve()
  }

  /** Resolves when it is ready: the slot's own timer bounds it. Null when `signal` aborts first. */
  async wait(target: ProbeTarget, signal: AbortSignal): Promise<true | null> {
    if (this.#spec.kind === 'log') return untilAborted(this.#heard.promise, signal)
    while (!signal.aborted) {
      if (await this.#try(target)) return signal.aborted ? null : true
      await new Promise<void>((resolve) => void this.#clock.schedule(RETRY_MS, resolve))
    }
    return null
  }

  #try({ url, cwd, env }: ProbeTarget): Promise<boolean> {
    switch (this.#spec.kind) {
      case 'none':
      case 'listen':
      case 'log':
        return Promise.resolve(true)
      case 'tcp':
        return url === null ? Promise.resolve(true) : accepts(url)
      case 'http':
        return url === null ? Promise.resolve(true) : answers(new URL(this.#spec.path, url))
      case 'exec':
        return succeeds(this.#spec.argv, { cwd, env })
    }
  }
}

async function untilAborted(ready: Promise<void>, signal: AbortSignal): Promise<true | null> {
  const { promise: aborted, resolve } = Promise.withResolvers<null>()
  signal.addEventListener('abort', () => resolve(null), { once: true })
  return Promise.race([ready.then(() => true as const), aborted])
}

function accepts({ hostname, port, protocol }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) })
    const end = (ready: boolean): void => {
      socket.destroy()
      resolve(ready)
    }
    socket.setTimeout(TRY_MS, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}

async function answers(url: URL): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TRY_MS), redirect: 'manual' })
    await response.body?.cancel()
    return response.status >= 200 && response.status <= 399
  } catch {
    return false
  }
}

function succeeds([file = '', ...args]: readonly string[], { cwd, env }: Omit<ProbeTarget, 'url'>): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, stdio: 'ignore', timeout: TRY_MS, killSignal: 'SIGKILL' })
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}
