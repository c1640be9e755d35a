import { duration, key } from '../fields.ts'

export const SHUTDOWN_KEYS = {
  runtime: key(duration(), { about: 'Budget of a whole shutdown. Docker kills after 10 s.', fallback: '8s' }),
  service: key(duration(), {
    about: 'Deadline of one worker to finish what it is doing and end; cut to what is left of `runtime`.',
    fallback: '10s',
  }),
}

export const SERVICE_SHUTDOWN_KEYS = {
  service: key(duration(), { about: 'Deadline of one worker of this service.', fallbackNote: "the runtime's" }),
}
