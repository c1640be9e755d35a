/** The `logger` of a service's context: JSON lines in pino's shape on stdout, without pino in the worker. */
export interface ServiceLogger {
  trace(...args: LogArguments): void
  debug(...args: LogArguments): void
  info(...args: LogArguments): void
  warn(...args: LogArguments): void
  error(...args: LogArguments): void
  fatal(...args: LogArguments): void
}

/** As pino takes them: a message, or fields (or an Error) and a message. */
type LogArguments = readonly [messageOrFields: unknown, message?: string]

const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const

export function createServiceLogger(write: (line: string) => void, nowMs: () => number): ServiceLogger {
  const at =
    (level: number) =>
    (...args: LogArguments) =>
      write(formatLine(level, { timeMs: nowMs(), args }))
  return {
    trace: at(LEVELS.trace),
    debug: at(LEVELS.debug),
    info: at(LEVELS.info),
    warn: at(LEVELS.warn),
    error: at(LEVELS.error),
    fatal: at(LEVELS.fatal),
  }
}

function formatLine(level: number, { timeMs, args }: { timeMs: number; args: LogArguments }): string {
  const [first, message] = args
  const head = { level, time: timeMs }
  if (first instanceof Error) return toJson({ ...head, err: errorFields(first), msg: message ?? first.message })
  if (typeof first !== 'object' || first === null) return toJson({ ...head, msg: message ?? String(first) })
  const { err, ...fields } = first as Record<string, unknown>
  return toJson({
    ...head,
    ...fields,
    ...(err === undefined ? {} : { err: err instanceof Error ? errorFields(err) : err }),
    ...(message === undefined ? {} : { msg: message }),
  })
}

function errorFields(error: Error): object {
  return { type: error.name, message: error.message, stack: error.stack, ...('code' in error ? { code: error.code } : {}) }
}

/** A log call must not be what breaks a service: fields that JSON cannot hold are left out. */
function toJson(record: Readonly<Record<string, unknown>>): string {
  try {
    return `${JSON.stringify(record, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n`
  } catch (error) {
    const { level, time, msg } = record
    return `${JSON.stringify({ level, time, msg, unloggable: String(error) })}\n`
  }
}
