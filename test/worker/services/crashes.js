export const create = () => () => {
  setImmediate(() => {
    throw new Error('crashed')
  })
}
