import { integer, key, textMatching } from '../fields.ts'

export const SERVER_KEYS = {
  hostname: key(textMatching('a host name or an IP address', /^[A-Za-z0-9.:_%-]{1,253}$/), {
    about: 'The address the entrypoint listens on; `0.0.0.0` and `::` are all of them.',
    fallback: '127.0.0.1',
  }),
  port: key(integer({ min: 0, max: 65_535 }), {
    about: 'The port of the entrypoint. 0 takes any free one; `meshrt ps` and the start banner show it.',
    fallback: 3000,
  }),
}
