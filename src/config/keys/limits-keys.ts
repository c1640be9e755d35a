import { decimal, key, size } from '../fields.ts'
import { KB, MB, TB } from '../units.ts'

export const LIMITS_KEYS = {
  heap: key(size({ min: 16 * MB, max: TB }), {
    about: 'Memory of one worker: its heap and its Buffers. Replaced at 85 %, terminated at 100 %.',
    fallbackNote: "Node's own",
  }),
  youngGeneration: key(size({ min: MB, max: TB }), {
    about: 'The part of the heap for new objects.',
    fallbackNote: "half of `heap`, at most 48mb; without `heap` Node's own",
  }),
  stack: key(size({ min: 512 * KB, max: 256 * MB }), { about: 'Stack of one worker.', fallbackNote: "Node's own" }),
  cpu: key(decimal({ min: 0, max: 64 }), {
    about: 'Cores that one worker may use before a check is bad: 0.5 is half a core; 0 = no limit. A thread is not held back by it.',
    fallback: 0,
  }),
}
