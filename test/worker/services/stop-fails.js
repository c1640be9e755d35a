export const create = () => (request, response) => response.end('ok')
export const stop = () => Promise.reject(new Error('cannot flush'))
