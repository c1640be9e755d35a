/** Where a request's origin leads. */
export type Destination =
  | { readonly kind: 'foreign' }
  /** `service` is what stands before the domain; whether there is such a service the routes tell. */
  | { readonly kind: 'mesh'; readonly service: string; readonly host: string }
  /** A mesh host by https: or wss: — never DNS, always an error. */
  | { readonly kind: 'secure'; readonly host: string }

const FOREIGN: Destination = { kind: 'foreign' }

/** Case does not matter, nor the port, nor the dot that ends an absolute name. `domain` has its leading dot and is lower-case. */
export function resolveOrigin(origin: string, domain: string): Destination {
  if (!URL.canParse(origin)) return FOREIGN
  const url = new URL(origin)
  const hostname = url.hostname.endsWith('.') ? url.hostname.slice(0, -1) : url.hostname
  if (!hostname.toLowerCase().endsWith(domain)) return FOREIGN
  if (url.protocol === 'https:' || url.protocol === 'wss:') return { kind: 'secure', host: url.host }
  return { kind: 'mesh', service: hostname.slice(0, -domain.length).toLowerCase(), host: url.host }
}

/** The service of a host without scheme and port; null outside of the domain. */
export function serviceOfHost(host: string, domain: string): string | null {
  const hostname = (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase()
  return hostname.endsWith(domain) ? hostname.slice(0, -domain.length) : null
}

/** Remembers origins, of which a service calls few; forgets everything rather than grow. */
export class OriginCache {
  readonly #domain: string
  readonly #known = new Map<string, Destination>()

  constructor(domain: string) {
    this.#domain = domain.toLowerCase()
  }

  resolve(origin: string): Destination {
    const known = this.#known.get(origin)
    if (known !== undefined) return known
    const destination = resolveOrigin(origin, this.#domain)
    if (this.#known.size >= MAX_ORIGINS) this.#known.clear()
    this.#known.set(origin, destination)
    return destination
  }
}

const MAX_ORIGINS = 1_000
