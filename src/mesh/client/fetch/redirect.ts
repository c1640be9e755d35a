import type { FetchPlan } from './plan.ts'

/** Where a redirect leads, and with what. Rules of the Fetch standard, "HTTP-redirect fetch". */
export type NextHop =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'follow'; readonly url: URL; readonly init: RequestInit }

const NONE: NextHop = { kind: 'none' }
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const ABOUT_THE_BODY: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'content-length',
])
const FOR_ONE_ORIGIN: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'host'])

/** The standard's limit on redirects in a row. */
export const MAX_REDIRECTS = 20

export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status)
}

export function nextHop(plan: FetchPlan, answer: { readonly status: number; readonly location: string | undefined }): NextHop {
  const { status, location } = answer
  if (plan.redirect === 'error') return { kind: 'refused', reason: 'unexpected redirect' }
  if (location === undefined || plan.redirect === 'manual') return NONE
  if (plan.body instanceof ReadableStream && status !== 303)
    return { kind: 'refused', reason: 'the body was a stream, which cannot be sent again' }
  const url = URL.parse(toUnicode(location), plan.url.href)
  if (url === null) return { kind: 'refused', reason: `the redirect leads to "${location}", which is no URL` }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { kind: 'refused', reason: 'URL scheme must be a HTTP(S) scheme' }
  if (url.hash === '') url.hash = plan.url.hash
  const { method } = plan.call
  const becomesGet = ((status === 301 || status === 302) && method === 'POST') || (status === 303 && method !== 'GET' && method !== 'HEAD')
  const sameOrigin = url.origin === plan.url.origin
  const headers = plan.headers.filter(([name]) => {
    const lower = name.toLowerCase()
    return !(becomesGet && ABOUT_THE_BODY.has(lower)) && (sameOrigin || !FOR_ONE_ORIGIN.has(lower))
  })
  return {
    kind: 'follow',
    url,
    init: {
      method: becomesGet ? 'GET' : method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      body: becomesGet ? null : plan.body,
      signal: plan.signal,
    },
  }
}

// Headers are bytes, and servers write non-ASCII locations in UTF-8.
function toUnicode(location: string): string {
  return NOT_ASCII.test(location) ? Buffer.from(location, 'latin1').toString('utf8') : location
}

const NOT_ASCII = /[\u0080-\u00ff]/
