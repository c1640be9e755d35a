import type { Sample } from './result.ts'

/** What each of so many more costs: the difference between a large and a small one, measure by measure. */
export function perFurther({ small, large, more }: { readonly small: Sample; readonly large: Sample; readonly more: number }): Sample {
  if (!(more > 0)) throw new RangeError(`Cannot divide a difference among ${more}`)
  return Object.fromEntries(Object.entries(large).map(([measure, value]) => [measure, (value - (small[measure] ?? Number.NaN)) / more]))
}
