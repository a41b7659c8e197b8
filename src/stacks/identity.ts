import type { Made } from './resource.ts'
import type { Run } from './run.ts'
import { own, sameValue } from './value.ts'

/**
 * Whether both are one physical resource. The physical id alone does not say: that of a stage or a log stream is its
 * name, which another API or log group may have too. So those properties count that the type's schema calls parts of
 * its primary identifier. One that is not given stands for a default that may be the other's value: the ids decide.
 */
export async function isSame(run: Pick<Run, 'type'>, a: Made, b: Made): Promise<boolean> {
  if (a.type !== b.type || a.id !== b.id) return false
  const { schema } = await run.type(a.type)
  return (schema.primaryIdentifier ?? []).every((name) => {
    const [left, right] = [own(a.properties, name), own(b.properties, name)]
    return left === undefined || right === undefined || sameValue(left, right)
  })
}
