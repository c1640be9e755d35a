import * as z from 'zod'
import { SMOKE_METHODS, SMOKE_WAYS } from '../../model/smoke.ts'
import { block, duration, field, integer, key, mapOf, oneOf, text, textMatching, withInfo } from '../fields.ts'

const headerValue = field('text of one line', (value) =>
  typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? value : undefined,
)

const anything = (about: string) => withInfo(z.unknown().optional(), { about, expects: 'any value', fallbackNote: 'none' })

const EXPECT_KEYS = {
  status: key(integer({ min: 100, max: 599 }), { about: 'The status of the answer.', fallbackNote: 'any below 400' }),
  contains: key(text(), { about: 'What stands somewhere in its body.', fallbackNote: 'anything' }),
  json: anything('What its body holds as JSON. A map may have more keys than these; a list has these elements and no others.'),
}

export const SMOKE_KEYS = {
  service: key(text('a service id'), { about: 'Which service is asked.', fallbackNote: 'the entrypoint' }),
  via: key(oneOf(...SMOKE_WAYS), {
    about: 'Whether it is asked through the mesh, or over the network at `server`.',
    fallbackNote: '`entrypoint` for the entrypoint, else `mesh`',
  }),
  method: key(oneOf(...SMOKE_METHODS), { about: 'The method.', fallback: 'GET' }),
  path: key(textMatching('a path that starts with a slash', /^\/[\x21-\x7e]*$/), { about: 'The path, with its query.', fallback: '/' }),
  headers: mapOf(headerValue.schema, 'Headers to send.'),
  body: anything('What is sent: text as it is, anything else as JSON.'),
  timeout: key(duration({ min: 1 }), { about: 'The whole answer has to come within this time.', fallback: '10s' }),
  expect: block(EXPECT_KEYS, 'What the answer must be like.'),
}
