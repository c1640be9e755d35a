import { entrypointOf } from './service-type.ts'
import { isEnabled, services, type Rule } from './subject.ts'

/** What must hold for permissions to be what they say. */
export const PERMISSION_RULES: Readonly<Record<string, Rule>> = {
  'permission-net': (subject) =>
    subject.canDenyNet
      ? []
      : services(subject).flatMap(([id, { permissions }]) => {
          if (permissions?.net !== false) return []
          const message = `The network cannot be denied: Node.js ${process.version} has no permission for it`
          const hint = 'Remove `net`, or use Node.js 26 or later.'
          return [{ message, path: ['services', id, 'permissions', 'net'], hint }]
        }),

  'permission-listen': ({ file, mode, canDenyNet }) => {
    const ids = Object.keys(file.services ?? {}).filter((id) => isEnabled(file.services?.[id], mode))
    const id = entrypointOf(file, ids)
    const permissions = id === null ? undefined : file.services?.[id]?.permissions
    if (!canDenyNet || id === null || permissions === undefined || permissions.net === true) return []
    const message = `The entrypoint \`${id}\` could not listen: \`permissions\` denies it the network`
    return [{ message, path: ['services', id, 'permissions', 'net'], hint: 'Add `net: true`.' }]
  },
}
