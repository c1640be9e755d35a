import type { MeshrtError } from '../../../errors/meshrt-error.ts'
import type { ServiceRoute } from '../../../model/routes.ts'
import { failure } from '../errors.ts'

/** Why nothing can be sent to a service, whatever becomes of its targets; null when there is a way. */
export function refusalOf(service: string, route: ServiceRoute | undefined): MeshrtError | null {
  switch (route?.state) {
    case undefined:
      return failure('MESHRT_MESH_UNKNOWN_SERVICE', `Cannot call "${service}": there is no such service`)
    case 'denied':
      return failure('MESHRT_MESH_DENIED', `Cannot call "${service}": this service may not`)
    case 'unroutable':
      return failure('MESHRT_MESH_NOT_ROUTABLE', `Cannot call "${service}": it has no server`)
    case 'open':
    case 'closed':
      return null
  }
}
