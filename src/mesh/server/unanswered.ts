import { MeshrtError } from '../../errors/meshrt-error.ts'

/**
 * What a server destroys a response with to say that it has none, and why: the caller may get one elsewhere. Of a class of its own, because a service
 * may break off with whatever its own calls have failed with.
 */
export class Unanswered extends MeshrtError {
  readonly why: 'MESHRT_MESH_UNREACHABLE' | 'MESHRT_MESH_TARGET_LOST'

  constructor(why: Unanswered['why'], message: string, options: { readonly cause: unknown }) {
    super(why, message, options)
    this.why = why
  }
}
