import { ownEntry } from '../model/own-files.ts'
import type * as module from './running.ts'

/** The commands that run services: by the place where they lie, so that no bundle takes them in. */
export async function loadRunning(): Promise<typeof module.running> {
  const { running } = (await import(ownEntry('cli/running').href)) as typeof module
  return running
}
