import type { IncomingMessage } from 'node:http'
import { HttpProblem } from './http-reply.ts'

const OWN_HOSTS = /^(?:meshrt|localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i
/** Browsers send one of them with what a page makes them ask; no page can leave it out. */
const FROM_A_PAGE = ['origin', 'sec-fetch-site'] as const

/**
 * No browser reaches a unix socket. But a proxy in front of one may be reached, and then any page could give orders through it: by a form, or with a
 * name of its own that leads to this machine (DNS rebinding). What comes from a page, or for another host, is refused.
 * @throws HttpProblem 403; 400 when it names no host at all
 */
export function refuseBrowsers({ headersDistinct }: Pick<IncomingMessage, 'headersDistinct'>): void {
  const page = FROM_A_PAGE.find((name) => headersDistinct[name] !== undefined)
  if (page !== undefined) throw new HttpProblem(403, `Cannot serve the request: it comes from a web page (it has the header ${page})`)
  const hosts = headersDistinct['host'] ?? []
  if (hosts.length === 0) throw new HttpProblem(400, 'Cannot serve the request: it has no host, which must be meshrt or localhost')
  if (hosts.length === 1 && OWN_HOSTS.test(hosts[0] ?? '')) return
  throw new HttpProblem(403, 'Cannot serve the request: its host must be meshrt or localhost')
}
