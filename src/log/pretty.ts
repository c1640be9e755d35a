import pretty from 'pino-pretty'
import { sanitise } from './sanitise.ts'

/** JSON line → what a person reads: `[12:03:04.567] INFO: auth/0 │ listening`. */
export function prettyPrinter({ colour }: { colour: boolean }): (json: string) => string {
  const print = pretty.prettyFactory({
    colorize: colour,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,name,service,slot,generation',
    messageFormat: (log, messageKey) => `${origin(log)}${text(log[messageKey])}`,
    singleLine: true,
  })
  return (json) => {
    // Cleaned before colours are added, so that the only escape sequences are ours.
    const value = JSON.parse(json, (_key, field: unknown) =>
      typeof field === 'string' ? sanitise(field, { multiline: true }) : field,
    ) as Fields
    return print(isEvent(value) ? onlyText(value) : value)
  }
}

/** A record of the runtime's own; the lines of services carry their worker instead. */
function isEvent(value: Fields): boolean {
  return value['source'] === 'meshrt'
}

type Fields = Readonly<Record<string, unknown>>

/** The message of an event says all that its fields say, but for a stack. */
function onlyText({ level, time, msg, err }: Fields): Fields {
  return { level, time, msg, ...(err === undefined ? {} : { err }) }
}

/** Lines of workers say whose they are; the runtime's own name it in their message. */
function origin(log: Fields): string {
  return log['generation'] === undefined || isEvent(log) ? '' : `${text(log['service'])}/${text(log['slot'])} │ `
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined ? '' : JSON.stringify(value)
}
