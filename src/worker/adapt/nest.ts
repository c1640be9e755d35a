import { MeshrtError } from '../../errors/meshrt-error.ts'
import type { HostedApp } from '../hosted-app.ts'
import { describeValue, type NestApp } from '../service-kind.ts'
import { isWebServer } from '../web-server.ts'
import { adaptServer } from './server.ts'

export async function adaptNest(app: NestApp): Promise<HostedApp> {
  await app.init()
  const server = app.getHttpServer()
  if (!isWebServer(server)) {
    throw new MeshrtError('MESHRT_ENTRY_UNUSABLE', `Cannot host the Nest application: its server is ${describeValue(server)}`)
  }
  return {
    ...adaptServer(server),
    async close() {
      await app.close()
    },
  }
}
