import { ISOLATIONS } from '../../model/spec.ts'
import { flag, key, oneOf, text, texts } from '../fields.ts'

/** How Node.js runs the workers of a service. */
export const NODE_KEYS = {
  isolation: key(oneOf(...ISOLATIONS), {
    about: 'Whether a worker is a thread of the runtime, or a process of its own.',
    fallback: 'thread',
    fallbackNote: '`thread`; `process` where `permissions` is set',
  }),
  argv: key(texts('a list of texts'), { about: 'Appended to `process.argv`.', fallbackNote: 'none' }),
  execArgv: key(texts('a list of options of Node.js'), {
    about:
      'Options of Node.js for the workers, one text each: `[--no-warnings, --conditions=dev]`. Those of V8 and of the process need `isolation: process`.',
    fallbackNote: 'none',
  }),
  nodeOptions: key(text('options of Node.js as one text'), {
    about:
      'Added to `NODE_OPTIONS` of the workers, which processes that they start inherit. For the workers themselves the same holds as for `execArgv`.',
    fallbackNote: 'none',
  }),
  preload: key(texts('a list of paths or packages'), {
    about:
      'Modules that are loaded before that of the service, in this order, when calls through the mesh work already: files relative to the service, or packages it can see (`dotenv/config`).',
    fallbackNote: 'none',
  }),
  sourceMaps: key(flag(), {
    about: 'Stack traces of compiled code name the places in its sources, at some cost for each.',
    fallback: false,
  }),
}
