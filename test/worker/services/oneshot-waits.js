let release
export function stop() {
  console.log('stop ran')
  release()
}
export default (context) => {
  context.signal.addEventListener('abort', () => console.log('aborted'))
  console.log('waiting')
  return new Promise((resolve) => (release = resolve))
}
