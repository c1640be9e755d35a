import type { MemoryReport, Notice, Order, Usage } from './protocol.ts'

/** What a contender's process serves. */
export interface Hosted {
  /** Where the service that the benchmark talks to is reached from outside. */
  readonly url: string
  /** Service → where the others call it. */
  readonly origins: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Runs a contender in this process until it is told to stop, or the benchmark is gone. Its main thread has nothing else to do. */
export async function hostContender(open: () => Promise<Hosted>): Promise<void> {
  const hosted = await open()
  const watch = new MemoryWatch()
  const end = async (): Promise<never> => {
    await hosted.close()
    process.exit(0)
  }
  process.once('disconnect', () => void end())
  process.on('message', (order: Order) => {
    switch (order.kind) {
      case 'usage':
        return say({ kind: 'reply', id: order.id, value: usage() })
      case 'watch-memory':
        watch.start()
        return say({ kind: 'reply', id: order.id, value: null })
      case 'report-memory':
        return say({ kind: 'reply', id: order.id, value: watch.stop() })
      case 'stop':
        // Ends by `disconnect`: one way out.
        return process.disconnect()
      default:
        throw new Error(`Unknown order ${String(order.kind satisfies never)}`)
    }
  })
  say({ kind: 'ready', url: hosted.url, origins: hosted.origins })
}

function say(notice: Notice): void {
  if (!process.send) throw new Error('A contender is started by the benchmark, not by hand')
  process.send(notice)
}

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpuUs: user + system, rssBytes: process.memoryUsage.rss() }
}

const MEMORY_INTERVAL_MS = 2

/** Resident memory of the process, sampled in the main thread while the others work. */
class MemoryWatch {
  #timer: NodeJS.Timeout | null = null
  #peakBytes = 0
  #samples = 0

  start(): void {
    this.#peakBytes = process.memoryUsage.rss()
    this.#samples = 0
    this.#timer = setInterval(() => this.#sample(), MEMORY_INTERVAL_MS)
  }

  stop(): MemoryReport {
    if (this.#timer === null) throw new Error('Memory is not being watched')
    clearInterval(this.#timer)
    this.#timer = null
    this.#sample()
    return { peakBytes: this.#peakBytes, samples: this.#samples }
  }

  #sample(): void {
    this.#samples++
    this.#peakBytes = Math.max(this.#peakBytes, process.memoryUsage.rss())
  }
}
