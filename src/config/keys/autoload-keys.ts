import { key, text, texts } from '../fields.ts'

export const AUTOLOAD_KEYS = {
  path: key(text('a path'), { about: 'The folder with the folders of services, relative to the runtime file.', fallback: 'services' }),
  exclude: key(texts('a list of names'), { about: 'Names of folders that are not to become services.', fallbackNote: 'none' }),
}
