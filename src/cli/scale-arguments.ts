import { MeshrtError } from '../errors/meshrt-error.ts'

export type WorkersByService = ReadonlyMap<string, number>

/**
 * `auth=3 gateway=2`. Which service and how many are possible is the runtime's to say.
 * @throws MESHRT_USAGE
 */
export function parseScale(texts: readonly string[]): WorkersByService {
  const workers = new Map<string, number>()
  for (const text of texts) {
    const [, service = '', count = ''] = /^([^=]+)=(\d{1,9})$/.exec(text) ?? []
    if (service === '' || service.includes('/')) {
      throw new MeshrtError(
        'MESHRT_USAGE',
        `Cannot scale ${JSON.stringify(text.slice(0, 100))}: it must be a service and a number, as in auth=3`,
      )
    }
    if (workers.has(service)) throw new MeshrtError('MESHRT_USAGE', `Cannot scale "${service}": it is named twice`)
    workers.set(service, Number(count))
  }
  return workers
}
