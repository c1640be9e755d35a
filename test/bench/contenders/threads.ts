import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { createThreadInterceptor } from 'undici-thread-interceptor'
import { hostContender, type Hosted } from './host.ts'
import { MESH_DOMAIN, type Listening, type ThreadPlan, type ThreadSetup } from './thread-plan.ts'

/** Argument: a `ThreadPlan` as JSON. The same services as in the runtime, each in a worker thread, without meshrt. */
await hostContender(async (): Promise<Hosted> => {
  const plan = JSON.parse(process.argv[2] ?? '') as ThreadPlan
  const interceptor = plan.transport === 'interceptor' ? createThreadInterceptor({ domain: MESH_DOMAIN }) : null
  const workers: Worker[] = []
  const origins: Record<string, string> = {}
  let url = ''
  for (const { id, module } of plan.services) {
    const setup: ThreadSetup = { module, origins, transport: plan.transport, connections: plan.connections }
    const worker = new Worker(new URL('thread.ts', import.meta.url), { workerData: setup })
    workers.push(worker)
    const listening = listeningOf(worker)
    await interceptor?.route(id, worker)
    url = await listening
    origins[id] = interceptor ? `http://${id}${MESH_DOMAIN}` : url
  }
  const close = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  return { url, origins, close }
})

/** The thread says where it listens; the interceptor's own messages pass by. An error in a thread ends the process. */
async function listeningOf(worker: Worker): Promise<string> {
  for (;;) {
    const [message] = (await once(worker, 'message')) as [Partial<Listening>]
    if (message.kind === 'listening' && message.url !== undefined) return message.url
  }
}
