import { createHash } from 'node:crypto'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { MeshrtError } from '../errors/meshrt-error.ts'

/** Where the pieces of one runtime's control plane lie; all beside each other. */
export interface ControlPaths {
  readonly dir: string
  readonly socket: string
  readonly meta: string
  /** Claims on the runtime's lock are files whose names start with this. */
  readonly claimPrefix: string
  /** The folder is ours alone (0700); false when the operator chose the place with --socket. */
  readonly private: boolean
}

export interface Place {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number
  readonly tmp: string
  readonly platform: NodeJS.Platform
}

/** The folder of all control sockets of this user: `$XDG_RUNTIME_DIR/meshrt`, or `<tmp>/meshrt-<uid>`. */
export function controlDir(place: Place): string {
  const runtimeDir = place.env['XDG_RUNTIME_DIR']
  // The XDG specification says that a relative path is to be ignored.
  return runtimeDir !== undefined && isAbsolute(runtimeDir) ? join(runtimeDir, 'meshrt') : join(place.tmp, `meshrt-${place.uid}`)
}

/** @param file real path of the runtime file; the socket is named by its hash, because socket paths are short. */
export function pathsOfFile(file: string, place: Place): ControlPaths {
  const dir = controlDir(place)
  const base = createHash('sha256').update(file).digest('hex').slice(0, 16)
  const socket = join(dir, `${base}.sock`)
  assertSocketFits(socket, place.platform)
  return { dir, socket, meta: join(dir, `${base}.json`), claimPrefix: `${base}.lock.`, private: true }
}

/** For a socket that the operator placed with --socket or MESHRT_SOCKET. */
export function pathsOfSocket(socket: string, platform: NodeJS.Platform): ControlPaths {
  assertSocketFits(socket, platform)
  const name = basename(socket)
  return { dir: dirname(socket), socket, meta: `${socket}.json`, claimPrefix: `${name}.lock.`, private: false }
}

/** `sun_path` holds 108 bytes on Linux and 104 elsewhere, its terminator included. */
function assertSocketFits(socket: string, platform: NodeJS.Platform): void {
  const maxBytes = platform === 'linux' ? 107 : 103
  const bytes = Buffer.byteLength(socket)
  if (bytes <= maxBytes) return
  throw new MeshrtError(
    'MESHRT_SOCKET_PATH_TOO_LONG',
    `Cannot use the control socket ${socket}: its path has ${bytes} bytes, at most ${maxBytes} are possible`,
  )
}
