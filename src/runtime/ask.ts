import type { MeshEndpoint } from '../mesh/endpoint.ts'
import type { Clock } from '../model/clock.ts'
import type { ServiceId } from '../model/ids.ts'
import type { RuntimeSpec } from '../model/spec.ts'

/** For a mesh without a headers timeout. */
const TIMEOUT_MS = 30_000

/** One GET through the mesh, to any worker of the service. @throws MeshrtError of the mesh */
export async function askService(
  { service, path }: { readonly service: ServiceId; readonly path: string },
  {
    endpoint,
    clock,
    spec,
  }: { readonly endpoint: Pick<MeshEndpoint, 'request'>; readonly clock: Clock; readonly spec: Pick<RuntimeSpec, 'mesh'> },
): Promise<{ readonly status: number; readonly durationMs: number }> {
  const startedMs = clock.nowMs()
  const timeoutMs = spec.mesh.timeouts.headersMs || TIMEOUT_MS
  const { status } = await endpoint.request({ service, method: 'GET', path, headers: [], timeoutMs })
  return { status, durationMs: clock.nowMs() - startedMs }
}
