import { decimal, integer } from '../fields.ts'

/** From 0 to 1. */
export const share = () => decimal({ min: 0, max: 1 })
export const count = (min: number) => integer({ min, max: 1_000_000 })
