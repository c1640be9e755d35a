import { rssMb, type MeshRun } from './mesh-run.ts'

/** A large body through three services in a row. What a quarter of it takes at the most is what all of it should take. */
export async function gigabyte(run: MeshRun, megabytes: number): Promise<void> {
  const idleMb = rssMb()
  const quarter = await sendWatched(run, Math.ceil(megabytes / 4))
  const whole = await sendWatched(run, megabytes)
  console.log(
    `${megabytes} MB through three services: ${whole.perSecond} MB/s; RSS ${idleMb} MB idle, at most ${quarter.peakMb} MB for a quarter of it and ${whole.peakMb} MB for all: growth ${whole.peakMb - quarter.peakMb} MB`,
  )
}

async function sendWatched(run: MeshRun, megabytes: number): Promise<{ readonly peakMb: number; readonly perSecond: number }> {
  let peakMb = rssMb()
  const watch = setInterval(() => (peakMb = Math.max(peakMb, rssMb())), 5)
  const startedMs = performance.now()
  const bytes = (await run.tell('/send', { megabytes })) as number
  clearInterval(watch)
  if (bytes !== megabytes * 1_048_576) throw new Error(`${bytes} bytes came out`)
  return { peakMb, perSecond: Math.round((megabytes / (performance.now() - startedMs)) * 1_000) }
}
