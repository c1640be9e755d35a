import { integer, key, oneOf, size, text } from '../fields.ts'
import { KB, TB } from '../units.ts'

export const LOGGER_KEYS = {
  level: key(oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'), {
    about: 'The least severe level shown.',
    fallback: 'info',
  }),
  pretty: key(oneOf('auto', true, false), {
    about: 'Lines for people instead of JSON; `auto`: on a terminal and in `dev`.',
    fallback: 'auto',
  }),
  file: key(text('a path, or `none`'), { about: 'Also write the log to this file, relative to the runtime file.', fallback: 'none' }),
  maxSize: key(size({ min: KB, max: TB }), { about: 'The log file is rotated at this size.', fallback: '10mb' }),
  keep: key(integer({ min: 0, max: 1000 }), { about: 'How many rotated log files are kept.', fallback: 5 }),
}
