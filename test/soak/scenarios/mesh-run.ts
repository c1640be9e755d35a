import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createRuntime, loadSpec } from '../../../src/index.ts'

/** The services of `meshrt.yaml` in a runtime of this process. */
export interface MeshRun {
  /** Gives the driver an order; resolves with its report. */
  tell(path: string, order: unknown): Promise<unknown>
  ask(path: string): Promise<unknown>
}

export async function withMesh(work: (run: MeshRun) => Promise<void>): Promise<void> {
  const spec = await loadSpec({ file: fileURLToPath(new URL('../meshrt.yaml', import.meta.url)), mode: 'start', env: process.env })
  const runtime = createRuntime(spec)
  runtime.onOutput(({ text: line }) => console.error(line))
  runtime.onEvent(({ event }) => {
    if (event.type === 'worker.exited' && event.exit.kind === 'crashed') console.error(JSON.stringify(event))
  })
  try {
    await runtime.start()
    const { url } = runtime.port.view().runtime
    if (url === null) throw new Error('The driver has no address')
    await work({ ask: (path) => ask(url + path), tell: (path, order) => ask(url + path, JSON.stringify(order)) })
  } finally {
    await runtime.stop('command')
  }
}

export function rssMb(): number {
  return Math.round(process.memoryUsage.rss() / 1_048_576)
}

/** By `node:http`, which sets no limit to how long an answer may take. */
function ask(url: string, body?: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: body === undefined ? 'GET' : 'POST' }, (answer) => {
      text(answer).then((answered) => {
        if (answer.statusCode === 200) resolve(JSON.parse(answered))
        else reject(new Error(`${url}: ${answer.statusCode} ${answered}`))
      }, reject)
    })
    asked.on('error', reject).end(body)
  })
}
