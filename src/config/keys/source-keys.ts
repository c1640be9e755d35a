import { field, key, text } from '../fields.ts'
import type { ReadySpec } from '../../model/spec.ts'

/** A list is the program and its arguments; text is for the shell. */
const commandOf = () =>
  field<readonly string[]>('a command line, or a list of a program and its arguments', (value) => {
    if (typeof value === 'string') return text().schema.safeParse(value).success ? ['/bin/sh', '-c', value] : undefined
    return argvOf(value)
  })

const urlOf = () =>
  field('an address that starts with http:// or https://', (value) => {
    if (typeof value !== 'string' || !URL.canParse(value)) return undefined
    const url = new URL(value)
    const isPlain = url.search === '' && url.hash === '' && url.username === '' && url.password === ''
    return isPlain && (url.protocol === 'http:' || url.protocol === 'https:') ? value : undefined
  })

const readyOf = () =>
  field<ReadySpec>('`listen`, { http: /path }, { tcp: true }, { exec: [program, …] } or { log: pattern }', (value) => {
    if (value === 'listen') return { kind: 'listen' }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const [[name, content] = [], ...more] = Object.entries(value)
    return more.length > 0 ? undefined : conditionOf(name, content)
  })

function conditionOf(name: string | undefined, content: unknown): ReadySpec | undefined {
  switch (name) {
    case 'http':
      return typeof content === 'string' && /^\/[\x21-\x7e]*$/.test(content) ? { kind: 'http', path: content } : undefined
    case 'tcp':
      return content === true ? { kind: 'tcp' } : undefined
    case 'exec': {
      const argv = argvOf(content)
      return argv && { kind: 'exec', argv }
    }
    case 'log':
      return typeof content === 'string' && isPattern(content) ? { kind: 'log', pattern: content } : undefined
    default:
      return undefined
  }
}

function argvOf(value: unknown): readonly string[] | undefined {
  const isArgv = Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string' && !part.includes('\0'))
  return isArgv && value[0] !== '' ? (value as string[]) : undefined
}

function isPattern(text: string): boolean {
  try {
    return text !== '' && new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}

export const SOURCE_KEYS = {
  command: key(commandOf(), {
    about:
      'Any program instead of a module, supervised as a process: `["python3", "app.py"]`, or a line for the shell. It is to serve HTTP at `$PORT` of `$HOST`, unless its `type` says that it has no server.',
    fallbackNote: 'none',
  }),
  url: key(urlOf(), {
    about: 'The address of a service that runs elsewhere: other services call it by its id; it is not started, stopped or restarted.',
    fallbackNote: 'none',
  }),
  ready: key(readyOf(), {
    about:
      'When a `command` is ready, or a `url`: it accepts a connection (`{ tcp: true }`), answers with 2xx or 3xx (`{ http: /healthz }`), a program ends with 0 (`{ exec: [./check.sh] }`), or a line of its output matches (`{ log: "ready in .* ms" }`).',
    fallbackNote: '`listen`: a module when its server could answer, a command when it accepts a connection, a `url` at once',
  }),
  cwd: key(text('a path'), {
    about:
      'Working directory of a `command`, or of workers with `isolation: process`; relative to `path`. Threads share that of the runtime.',
    fallbackNote: '`path`',
  }),
}
