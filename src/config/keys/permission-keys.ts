import { block, flag, key, texts } from '../fields.ts'

const paths = () => texts('a list of paths')

const FS_KEYS = {
  read: key(paths(), {
    about:
      'What may be read besides the service’s own folder and the packages it can see: files, folders with all that is in them, `*` for everything. Relative to the service.',
    fallbackNote: 'nothing',
  }),
  write: key(paths(), { about: 'What may be written, in the same way.', fallbackNote: 'nothing' }),
}

export const PERMISSION_KEYS = {
  fs: block(FS_KEYS, 'Files and folders.'),
  net: key(flag(), {
    about: 'The network, unix sockets included; calls through the mesh are always allowed. Can be denied from Node.js 26 on.',
    fallback: false,
  }),
  child: key(flag(), { about: 'Starting processes, which are not bound by any of this.', fallback: false }),
  worker: key(flag(), { about: 'Starting threads; one that asks for options of its own is not bound by any of this.', fallback: false }),
  addons: key(flag(), { about: 'Loading native add-ons, which are not bound by any of this.', fallback: false }),
}
