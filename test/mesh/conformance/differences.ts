/** A difference between the mesh and TCP that is meant. Where it is gone, the suite fails until it is gone from here, too. */
export interface DocumentedDifference {
  readonly what: string
  readonly why: string
  readonly scenarios: readonly string[]
  readonly clients: readonly string[]
  /** Of the parts of an observation that it explains. */
  readonly paths: RegExp
}

const each = (apis: readonly string[], versions: readonly number[] = [6, 7, 8]) =>
  versions.flatMap((version) => apis.map((api) => `undici ${version} ${api}`))

export const DOCUMENTED: readonly DocumentedDifference[] = [
  {
    what: 'A response that its handler breaks off fails with `MESHRT_MESH_ABORTED` (of `fetch`, in the cause), over TCP with `UND_ERR_SOCKET`.',
    why: 'There is no socket that could have failed; the message says why the handler did.',
    scenarios: ['handler destroys the response before the head', 'handler breaks off in the body'],
    clients: ['global fetch', ...each(['request', 'stream', 'pipeline', 'fetch'])],
    paths: /^seen\.0\.error\.(?:name|code|cause)$/,
  },
  {
    what: 'Informational responses (102, 103) do not reach `onInfo`.',
    why: 'A response is one frame, or one frame and a stream.',
    scenarios: ['informational responses before the answer'],
    clients: each(['request']),
    paths: /^seen\.0\.informational$/,
  },
  {
    what: 'A header value outside ASCII arrives as it was sent.',
    why: 'Over TCP undici 6 reads latin1 as UTF-8 and loses it.',
    scenarios: ['header value outside ASCII, empty header value'],
    clients: each(['request', 'stream', 'pipeline'], [6]),
    paths: /^seen\.0\.headers\.x-latin1$/,
  },
]
