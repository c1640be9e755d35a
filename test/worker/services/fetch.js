export const build = () => ({
  fetch(request) {
    if (new URL(request.url).pathname === '/throws') throw new Error('no such thing')
    return new Response('from fetch')
  },
})
