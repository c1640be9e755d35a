import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/** What the server's side saw of one test's requests, by the id in their URL. */
interface Entry {
  readonly lines: string[]
  /** Requests and sockets of it that are not over. */
  open: number
}

/** Remembers what servers saw, so that it can be compared with what they see over another transport. */
export class Journal {
  readonly #entries = new Map<string, Entry>()
  #waiting: { readonly isDue: () => boolean; readonly resolve: () => void }[] = []

  /** A handler's own remark. */
  note(id: string, line: string): void {
    this.#entry(id).lines.push(line)
    this.#check()
  }

  /** To be called for whatever has an end that the test should wait for. */
  begin(id: string): () => void {
    const entry = this.#entry(id)
    entry.open++
    return () => {
      entry.open--
      this.#check()
    }
  }

  has(id: string, line: string): Promise<void> {
    return this.#until(() => this.#entry(id).lines.includes(line))
  }

  /** All that was seen, sorted, once everything of it is over. The order in which Node tells is not promised. */
  async settled(id: string): Promise<readonly string[]> {
    await this.#until(() => this.#entry(id).open === 0)
    return this.#entry(id).lines.toSorted()
  }

  /** Notes what every request and response of the server goes through, whatever framework handles it. */
  watch(server: Server): void {
    server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => this.#watchRequest(req, res))
  }

  #watchRequest(req: IncomingMessage, res: ServerResponse): void {
    const id = idOf(req.url)
    const note = (line: string) => this.note(id, line)
    const ends = [this.begin(id), this.begin(id)]
    note(`request ${req.method} HTTP/${req.httpVersion}`)
    req.on('aborted', () => note('request aborted'))
    req.on('error', (error: NodeJS.ErrnoException) => note(`request error ${error.code ?? error.name}`))
    req.on('close', () => {
      note(`request closed, ${req.complete ? 'complete' : 'incomplete'}`)
      ends[0]?.()
    })
    res.on('finish', () => note('response finished'))
    res.on('close', () => {
      note(`response closed, ${res.writableFinished ? 'finished' : 'unfinished'}`)
      ends[1]?.()
    })
  }

  #entry(id: string): Entry {
    const known = this.#entries.get(id)
    if (known !== undefined) return known
    const fresh: Entry = { lines: [], open: 0 }
    this.#entries.set(id, fresh)
    return fresh
  }

  #until(isDue: () => boolean): Promise<void> {
    if (isDue()) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ isDue, resolve }))
  }

  #check(): void {
    const due = this.#waiting.filter(({ isDue }) => isDue())
    if (due.length === 0) return
    this.#waiting = this.#waiting.filter((one) => !due.includes(one))
    for (const { resolve } of due) resolve()
  }
}

/** Every URL of the suite has one. */
export function idOf(url: string | undefined): string {
  return new URL(url ?? '/', 'http://x').searchParams.get('id') ?? 'none'
}
