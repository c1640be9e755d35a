import { guessName } from '../errors/guess-name.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import { findService, type RuntimeSpec, type ServiceSpec } from '../model/spec.ts'

/** The service of the runtime file that was typed. @throws MESHRT_UNKNOWN_SERVICE, with what was probably meant */
export function namedService(spec: RuntimeSpec, { name, verb }: { readonly name: string; readonly verb: string }): ServiceSpec {
  const service = findService(spec, name)
  if (service !== undefined) return service
  const known = spec.services.map(({ id }) => id)
  const guess = guessName(name, known)
  const help = guess === null ? `The services are ${known.join(', ')}.` : `Did you mean "${guess}"?`
  throw new MeshrtError('MESHRT_UNKNOWN_SERVICE', `Cannot ${verb} "${name}": ${spec.file} has no such service in ${spec.mode}. ${help}`)
}
