import type { PermissionsSpec } from '../model/spec.ts'

/** What these permissions promise and is not kept. */
export function permissionWarnings(permissions: PermissionsSpec, host: PermissionHost): readonly string[] {
  const warnings: string[] = []
  const { workingDirectory } = host
  if (host.place === 'thread' && !permissions.fs.read.some((place) => place === '*' || contains(place, workingDirectory))) {
    warnings.push(
      `Cannot keep a thread from reading ${workingDirectory}: it can read all of the runtime's working directory. Start the runtime elsewhere, or use \`isolation: process\``,
    )
  }
  if (!permissions.net && !host.canDenyNet) {
    warnings.push(`Cannot keep the service from the network: Node.js ${host.nodeVersion} has no permission for it. Use Node.js 26 or later`)
  }
  if (!permissions.net && host.canDenyNet && host.place === 'thread' && host.hasProcesses) {
    warnings.push(
      'Cannot exchange requests with services that are processes: a thread without the network opens no sockets. Add `net: true`, or use `isolation: process`',
    )
  }
  return warnings
}

interface PermissionHost {
  readonly place: 'thread' | 'process'
  /** Of the runtime: a thread can read all of it. */
  readonly workingDirectory: string
  /** Other services are processes, whose lines are sockets. */
  readonly hasProcesses: boolean
  readonly canDenyNet: boolean
  readonly nodeVersion: string
}

function contains(place: string, path: string): boolean {
  return path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`)
}
