import { duration, key } from '../fields.ts'

export const SHUTDOWN_KEYS = {
  runtime: key(duration(), { about: 'Budget of a whole shutdown. Docker kills after 10 s.', fallback: '8s' }),
  service: key(duration(), {
    about: 'Deadline of one worker to finish what it is doing and end; cut to what is left of `runtime`.',
    fallback: '10s',
  }),
  preStop: key(duration(), {
    about:
      'Everything goes on for this long after a stop was asked for, but `/v1/health` says that it is not ready; a part of `runtime`. For load balancers that need a moment to turn elsewhere.',
    fallback: '0s',
  }),
}

export const SERVICE_SHUTDOWN_KEYS = {
  service: key(duration(), { about: 'Deadline of one worker of this service.', fallbackNote: "the runtime's" }),
}
