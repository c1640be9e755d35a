import { ownEntry } from '../model/own-files.ts'
import type * as module from './reading.ts'

/** The commands that read the runtime file: by the place where they lie, so that no bundle takes them in. */
export async function loadReading(): Promise<typeof module.reading> {
  const { reading } = (await import(ownEntry('cli/reading').href)) as typeof module
  return reading
}
