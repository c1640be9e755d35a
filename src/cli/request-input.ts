import { accessSync, constants, createReadStream, statSync } from 'node:fs'
import { METHODS, validateHeaderValue } from 'node:http'
import { OF_THE_CONNECTION } from '../control/protocol.ts'
import type { ServiceBody } from '../control/raw-exchange.ts'
import { isErrno, MeshrtError } from '../errors/meshrt-error.ts'

/** As it is sent. @throws MESHRT_USAGE for what is no method of HTTP; CONNECT asks for a tunnel, and that is no request */
export function parseMethod(text: string): string {
  const method = text.toUpperCase()
  if (METHODS.includes(method) && method !== 'CONNECT') return method
  throw new MeshrtError('MESHRT_USAGE', `Cannot send the method ${quote(text)}: it must be one of HTTP for a request, such as GET or POST`)
}

/** @throws MESHRT_USAGE for what cannot be sent, or belongs to the connection */
export function parseHeader(text: string): readonly [name: string, value: string] {
  const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*)$/s.exec(text) ?? []
  if (name === '') throw new MeshrtError('MESHRT_USAGE', `Cannot send the header ${quote(text)}: it must be "name: value"`)
  if (OF_THE_CONNECTION.has(name.toLowerCase()) || name.toLowerCase() === 'content-length')
    throw new MeshrtError(
      'MESHRT_USAGE',
      `Cannot send the header ${quote(text)}: ${name} is for meshrt to say, as the connection and the body need it`,
    )
  try {
    validateHeaderValue(name, value)
  } catch (cause) {
    throw new MeshrtError('MESHRT_USAGE', `Cannot send the header ${quote(text)}: its value may have characters of Latin-1 only`, { cause })
  }
  return [name, value]
}

/** As it would be typed: with or without its slash, and with characters that a request cannot have. */
export function parsePath(path: string): string {
  const absolute = path.startsWith('/') ? path : `/${path}`
  return absolute.replaceAll(/[^\u0021-\u007e]/gu, encodeURIComponent)
}

/**
 * What -d names: text, `@file`, or `-` for stdin. A file is opened when the body is asked for, and is not read into memory.
 * @throws MESHRT_USAGE when there is no such file that can be read
 */
export function parseBody(data: string | null): () => ServiceBody | null {
  if (data === null) return () => null
  if (data === '-') return () => ({ stream: process.stdin, lengthBytes: null })
  if (!data.startsWith('@')) return () => data
  const file = data.slice(1)
  const lengthBytes = lengthOf(file)
  // A file that grows while it is sent would be longer than what has been said.
  const range = lengthBytes === null ? {} : { end: lengthBytes - 1 }
  return () => ({ stream: createReadStream(file, range), lengthBytes })
}

/** Null for what has no length of its own: pipes, devices, and files of the kernel's, which call themselves empty. */
function lengthOf(file: string): number | null {
  try {
    const stats = statSync(file)
    if (stats.isDirectory()) throw new MeshrtError('MESHRT_USAGE', `Cannot send ${file}: it is a folder`)
    accessSync(file, constants.R_OK)
    return stats.isFile() && stats.size > 0 ? stats.size : null
  } catch (cause) {
    if (!isErrno(cause, 'ENOENT', 'EACCES', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG')) throw cause
    throw new MeshrtError('MESHRT_USAGE', `Cannot send ${file}: ${cause.message}`, { cause })
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}
