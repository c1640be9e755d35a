import { guessName } from '../errors/guess-name.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import { maxEntrypointWorkers } from '../ingress/strategy.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import { scaleRefusal } from '../supervision/scale-refusal.ts'

/**
 * The spec with other numbers of workers to start with. `gone`: what becomes of a number for a service that there is not; who has started a runtime
 * with it could not know that the file would have no such service later.
 * @throws MeshrtError MESHRT_UNKNOWN_SERVICE, MESHRT_SCALE_REFUSED
 */
export function applyScale(spec: RuntimeSpec, workers: ReadonlyMap<string, number>, gone: 'refused' | 'ignored'): RuntimeSpec {
  const known = spec.services.map(({ id }) => id)
  for (const name of workers.keys()) {
    if (gone === 'ignored' || known.some((id) => id === name)) continue
    const guess = guessName(name, known)
    const help = guess === null ? `The services are ${known.join(', ')}.` : `Did you mean "${guess}"?`
    throw new MeshrtError('MESHRT_UNKNOWN_SERVICE', `Cannot scale "${name}": there is no such service. ${help}`)
  }
  const services = spec.services.map((service) => {
    const count = workers.get(service.id)
    if (count === undefined) return service
    const maxWorkers = service.id === spec.entrypoint ? maxEntrypointWorkers(process.platform) : Number.POSITIVE_INFINITY
    const refusal = scaleRefusal(service, count, { mode: spec.mode, maxWorkers })
    if (refusal !== null) throw new MeshrtError('MESHRT_SCALE_REFUSED', `Cannot scale "${service.id}" to ${count}: ${refusal}`)
    return { ...service, workers: count }
  })
  return { ...spec, services }
}
