/** Of the line through the samples, by least squares; per step. */
export function slope(samples: readonly number[]): number {
  const meanX = (samples.length - 1) / 2
  const meanY = samples.reduce((sum, y) => sum + y, 0) / samples.length
  const covariance = samples.reduce((sum, y, x) => sum + (x - meanX) * (y - meanY), 0)
  return covariance / samples.reduce((sum, _, x) => sum + (x - meanX) ** 2, 0)
}
