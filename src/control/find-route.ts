import { isServiceId, type ServiceId } from '../model/ids.ts'
import { HttpProblem } from './http-reply.ts'
import type { Method, Route } from './route.ts'

export interface FoundRoute {
  readonly route: Route
  readonly params: { readonly service?: ServiceId; readonly slot?: number }
  /** What stood for `*`, with its slash; empty where the path has none. */
  readonly rest: string
}

type Matched = Omit<FoundRoute, 'route'>

/**
 * The entry of the table that a request is for. Segments are compared as they are, and no object is ever looked up by what a request
 * names, so that nothing but the table can be reached.
 * @param path as it was sent, without the query
 * @throws HttpProblem 404, or 405 when the path takes other methods
 */
export function findRoute(routes: readonly Route[], { method, path }: { readonly method: string; readonly path: string }): FoundRoute {
  const matching = routes.flatMap((route) => {
    const matched = matchPath(route.path, path)
    return matched === null ? [] : [{ route, ...matched }]
  })
  const found = matching.find(({ route }) => route.method === method || route.method === 'ANY')
  if (found) return found
  if (matching.length === 0) throw new HttpProblem(404, `Cannot ${method} ${path.slice(0, 100)}: there is no such route`)
  const allow = allowed(matching.map(({ route }) => route.method))
  throw new HttpProblem(405, `Cannot ${method} ${path.slice(0, 100)}: the route takes ${allow}`, { allow })
}

function allowed(methods: readonly Method[]): string {
  return [...new Set(methods)].toSorted().join(', ')
}

function matchPath(pattern: string, path: string): Matched | null {
  const wanted = pattern.split('/')
  const isOpen = wanted.at(-1) === '*'
  if (isOpen) wanted.pop()
  const segments = path.split('/')
  if (isOpen ? segments.length < wanted.length : segments.length !== wanted.length) return null
  const params: FoundRoute['params'] = {}
  for (const [at, segment] of wanted.entries()) {
    const given = segments[at] ?? ''
    const param = matchSegment(segment, given)
    if (param === null) return null
    Object.assign(params, param)
  }
  const rest = isOpen
    ? segments
        .slice(wanted.length)
        .map((segment) => `/${segment}`)
        .join('')
    : ''
  return { params, rest }
}

/** Null when it does not match. */
function matchSegment(wanted: string, given: string): FoundRoute['params'] | null {
  switch (wanted) {
    case ':service':
      return isServiceId(given) ? { service: given } : null
    case ':slot':
      return /^\d{1,4}$/.test(given) ? { slot: Number(given) } : null
    default:
      return wanted === given ? {} : null
  }
}
