export function create() {
  setInterval(() => {}, 1000)
  return new Promise(() => {})
}
