import type { PermissionsSpec } from '../model/spec.ts'

/** What these permissions promise and is not kept. */
export function permissionWarnings(permissions: PermissionsSpec, host: PermissionHost): readonly string[] {
  const warnings: string[] = []
  const { workingDirectory } = host
  if (workingDirectory !== null && !permissions.fs.read.some((place) => place === '*' || contains(place, workingDirectory))) {
    warnings.push(
      `Cannot keep a thread from reading ${workingDirectory}: it can read all of the runtime's working directory. Start the runtime elsewhere, or use \`isolation: process\``,
    )
  }
  if (!permissions.net && !host.canDenyNet) {
    warnings.push(`Cannot keep the service from the network: Node.js ${host.nodeVersion} has no permission for it. Use Node.js 26 or later`)
  }
  return warnings
}

interface PermissionHost {
  /** Of a thread, which can read all of it; null for a process. */
  readonly workingDirectory: string | null
  readonly canDenyNet: boolean
  readonly nodeVersion: string
}

function contains(place: string, path: string): boolean {
  return path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`)
}
