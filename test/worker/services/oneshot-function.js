// A function is done when it has returned, though something is left open.
export default async function migrate({ service, config }) {
  setInterval(() => {}, 1000)
  await new Promise((resolve) => setTimeout(resolve, 20))
  console.log('migrated', service)
  if (config?.exitCode) process.exitCode = config.exitCode
  if (config?.fails) throw Object.assign(new Error('no table'), { code: 'E_NO_TABLE' })
}
