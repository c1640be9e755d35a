// What the services under test call.
import { createServer } from 'node:http'

const notes: (string | null)[] = []

export default createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://peer')
  if (pathname === '/note') notes.push(searchParams.get('from'))
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(pathname === '/notes' ? notes : { peer: pathname }))
})
