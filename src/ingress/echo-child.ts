/**
 * Sends each socket back as often as asked: what comes back is a descriptor of its own for the same socket, and Node has no other
 * way to make one. Runs as a process of its own and ends with its channel; imports nothing, because it has to start fast.
 */
process.on('message', (order: { readonly index: number; readonly copies: number }, handle: unknown) => {
  for (let copy = 0; copy < order.copies; copy++) {
    process.send?.({ index: order.index }, handle as never, { keepOpen: true })
  }
})
