// Services in worker threads, all at once, each with a port: node threads.js PORT WORKERS MODULE…
// The first worker of the first one listens on PORT, the others anywhere.
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

const [, , port, workers, ...modules] = process.argv
const setups = modules.flatMap((path) => Array.from({ length: Number(workers) }, () => pathToFileURL(path).href))
const threads = setups.map((module, at) => {
  return new Worker(new URL('thread.js', import.meta.url), { workerData: { module, port: at === 0 ? Number(port) : 0 } })
})
await Promise.all(threads.map((thread) => once(thread, 'message')))
console.log('all are ready')
