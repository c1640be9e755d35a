import { hasMeshrtCode } from '../errors/meshrt-error.ts'
import { requestDocument } from './exchange.ts'
import type { HealthDocument } from './protocol.ts'

/** Null when whoever accepts there does not answer in time, or is not a runtime. */
export async function requestHealth(socket: string, { deadlineMs }: { deadlineMs: number }): Promise<HealthDocument | null> {
  try {
    const document = await requestDocument(socket, { method: 'GET', path: '/v1/health', silenceMs: Math.max(1, deadlineMs) })
    return document as HealthDocument
  } catch (error) {
    if (hasMeshrtCode(error)) return null
    throw error
  }
}
