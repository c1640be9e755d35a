import { fileURLToPath } from 'node:url'

/** Folder of the benchmarks, with a package.json of its own. */
export const BENCH_DIR = fileURLToPath(new URL('.', import.meta.url))

/** Folder of the services, for runtime files that are made up on the way. */
export const SERVICES_DIR = fileURLToPath(new URL('services', import.meta.url))

/** URL of a service's module. */
export function serviceModule(file: string): string {
  return new URL(`services/${file}`, import.meta.url).href
}

export function runtimeFile(name: string): string {
  return fileURLToPath(new URL(`runtimes/${name}.yaml`, import.meta.url))
}

/** What npm would install of meshrt, made for the benchmarks: a checkout would run its sources. Its packages are those of the checkout around it. */
export const MESHRT_PACKAGE = fileURLToPath(new URL('../../.package/bench', import.meta.url))
