import type * as api from '../../../src/index.ts'
import { hostContender, type Hosted } from './host.ts'

// What is built is what is shipped: from the sources each thread would load a type stripper.
const { createRuntime, loadSpec } = (await import(new URL('../../../dist/index.js', import.meta.url).href)) as Api

type Api = typeof api

/** Argument: the runtime file. Its entrypoint is what the benchmark talks to. */
await hostContender(async (): Promise<Hosted> => {
  const spec = await loadSpec({ file: process.argv[2] ?? '', mode: 'start', env: process.env })
  const runtime = createRuntime(spec)
  let isStopping = false
  runtime.onOutput(({ text }) => console.error(text))
  runtime.onEvent(({ event }) => {
    if (event.type !== 'worker.exited' || isStopping) return
    // A worker that is replaced in the middle would make all numbers worthless.
    console.error(`A worker ended: ${JSON.stringify(event)}`)
    process.exit(1)
  })
  await runtime.start()
  const { url } = runtime.port.view().runtime
  if (url === null) throw new Error(`${spec.file} names no entrypoint`)
  const close = async (): Promise<void> => {
    isStopping = true
    await runtime.stop('command')
  }
  return { url, origins: Object.fromEntries(spec.services.map(({ id }) => [id, `http://${id}${spec.mesh.domain}`])), close }
})
