export function create({ signal, logger }) {
  const timer = setInterval(() => {}, 1000)
  signal.addEventListener('abort', () => clearInterval(timer))
  logger.warn('in the background')
}

export async function stop() {
  console.log('stop ran')
}
