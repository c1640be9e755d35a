import type { Ingress } from '../ingress/open-ingress.ts'
import type { IngressSource } from '../pool/launcher.ts'

/** The entrypoint's sockets, for those who are made before the sockets are. */
export function ingressSource(current: () => Ingress | null): IngressSource & { opened(): readonly number[] } {
  return {
    async grant(slot) {
      const ingress = current()
      if (!ingress) throw new Error('The entrypoint has no sockets yet')
      return ingress.grant(slot)
    },
    takeBack: (grant) => current()?.takeBack(grant),
    opened: () => current()?.opened ?? [],
  }
}
