export { MeshrtError } from './errors/meshrt-error.ts'
