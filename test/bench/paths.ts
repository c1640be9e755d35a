import { fileURLToPath } from 'node:url'

/** Folder of the benchmarks, with a package.json of its own. */
export const BENCH_DIR = fileURLToPath(new URL('.', import.meta.url))

/** URL of a service's module. */
export function serviceModule(name: string): string {
  return new URL(`services/${name}.ts`, import.meta.url).href
}

export function runtimeFile(name: string): string {
  return fileURLToPath(new URL(`runtimes/${name}.yaml`, import.meta.url))
}
