import type { MeshEndpoint } from '../mesh/endpoint.ts'
import type { Clock } from '../model/clock.ts'
import type { ServiceId } from '../model/ids.ts'
import type { Answer, Question } from './runtime.ts'

/** One request through the mesh, to any worker of the service. @throws MeshrtError of the mesh */
export async function askService(
  { service, body, ...question }: { readonly service: ServiceId } & Question,
  { endpoint, clock }: { readonly endpoint: Pick<MeshEndpoint, 'request'>; readonly clock: Clock },
): Promise<Answer> {
  const startedMs = clock.nowMs()
  const response = await endpoint.request({ service, ...question, ...(body === null ? {} : { body }) })
  return { status: response.status, body: response.body, durationMs: clock.nowMs() - startedMs }
}
