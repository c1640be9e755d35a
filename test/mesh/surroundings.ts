import type { Place } from '../../src/model/routes.ts'
import type { Surroundings } from '../../src/mesh/transport.ts'
import { ownSockets } from '../../src/mesh/socket/line-sockets.ts'

/** A folder: then every line is a socket in it, as to and from processes. The tests of the mesh mean the same with both. */
const lineDir = process.env['MESHRT_TEST_LINES'] ?? null

/** Where targets say that they are. */
export const PLACE: Place = lineDir === null ? 'thread' : 'process'

export const surroundings: Surroundings = { place: 'thread', lineDir, sockets: ownSockets }

/** Lines are sockets in this folder, whatever the environment says. */
export function overSockets(dir: string): Surroundings {
  return { place: 'process', lineDir: dir, sockets: ownSockets }
}
