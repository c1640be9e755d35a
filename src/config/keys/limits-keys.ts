import { key, size } from '../fields.ts'
import { KB, MB, TB } from '../units.ts'

export const LIMITS_KEYS = {
  heap: key(size({ min: 16 * MB, max: TB }), { about: 'Heap of one worker.', fallbackNote: "Node's own" }),
  youngGeneration: key(size({ min: MB, max: TB }), { about: 'The part of the heap for new objects.', fallbackNote: "Node's own" }),
  stack: key(size({ min: 512 * KB, max: 256 * MB }), { about: 'Stack of one worker.', fallbackNote: "Node's own" }),
}
