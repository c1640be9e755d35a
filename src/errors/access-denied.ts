import { isErrno, MeshrtError } from './meshrt-error.ts'

/**
 * The error of a service that has met the limits of its permissions, saying which key would grant what it wanted. Anything else is returned
 * as it is.
 */
export function explainDenied(error: unknown, service: string): unknown {
  const denial = denialOf(error)
  if (denial === null) return error
  const { act, key, value } = denial
  const add =
    value === null ? `add the path to services.${service}.permissions.${key}` : `set services.${service}.permissions.${key}: ${value}`
  return new MeshrtError('MESHRT_PERMISSION_DENIED', `Cannot ${act}: denied to "${service}"; ${add}`, { cause: error })
}

interface Denial {
  /** Completes "Cannot …". */
  readonly act: string
  readonly key: string
  /** Null where a path is to be added. */
  readonly value: boolean | null
}

function denialOf(error: unknown): Denial | null {
  if (isErrno(error, 'ERR_DLOPEN_DISABLED')) return { act: 'load a native add-on', key: 'addons', value: true }
  if (!isErrno(error, 'ERR_ACCESS_DENIED')) return null
  const resource = 'resource' in error && typeof error.resource === 'string' ? error.resource : ''
  switch (optionNamedBy(error.message)) {
    case 'fs-read':
      return { act: `read ${resource}`, key: 'fs.read', value: null }
    case 'fs-write':
      return { act: `write ${resource}`, key: 'fs.write', value: null }
    case 'child-process':
      return { act: `start the process ${resource}`.trimEnd(), key: 'child', value: true }
    case 'worker':
      return { act: 'start a thread', key: 'worker', value: true }
    case 'net':
      return { act: `use the network ${resource}`.trimEnd(), key: 'net', value: true }
    default:
      return null
  }
}

/** The one thing that all of these errors have: "Use --allow-fs-read to manage permissions." */
function optionNamedBy(message: string): string | undefined {
  return /--allow-([a-z-]+)/.exec(message)?.[1]
}
