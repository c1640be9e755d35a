import type { PermissionsSpec } from '../model/spec.ts'

/**
 * The options of Node.js that grant these permissions and deny everything else. `readable` and `writable` is what the worker itself needs; where
 * Node.js has no permission for the network (before 26), the network is open and there is no option for it.
 */
export function permissionFlags(
  permissions: PermissionsSpec,
  options: { readonly readable: readonly string[]; readonly writable: readonly string[]; readonly canDenyNet: boolean },
): string[] {
  return [
    '--permission',
    ...pathFlags('--allow-fs-read', [...options.readable, ...permissions.fs.read]),
    ...pathFlags('--allow-fs-write', [...options.writable, ...permissions.fs.write]),
    ...(permissions.net && options.canDenyNet ? ['--allow-net'] : []),
    ...(permissions.child ? ['--allow-child-process'] : []),
    ...(permissions.worker ? ['--allow-worker'] : []),
    ...(permissions.addons ? ['--allow-addons'] : []),
  ]
}

/** Whether this Node.js can keep a service from the network. */
export const CAN_DENY_NET = process.allowedNodeEnvironmentFlags.has('--allow-net')

/** Node.js takes a path for a folder only if it is one already; the second flag is for one that the service is yet to make. */
function pathFlags(flag: string, paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].flatMap((path) => (path.endsWith('*') ? [`${flag}=${path}`] : [`${flag}=${path}`, `${flag}=${path}/*`]))
}
