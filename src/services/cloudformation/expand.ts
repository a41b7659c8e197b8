import { transformName } from '../../stacks/sam/output.ts'
import { transformServerless } from '../../stacks/sam/transform.ts'
import { isList, own, type ValueMap } from '../../stacks/value.ts'

/** A parsed template with its transforms applied, those that are here: the rest stay named, and are refused later. */
export function expand(root: ValueMap): { readonly root: ValueMap; readonly expanded: boolean } {
  if (!usesServerless(root)) return { root, expanded: false }
  return { root: transformServerless(root), expanded: true }
}

export function usesServerless(root: ValueMap): boolean {
  const transform = own(root, 'Transform')
  return isList(transform) ? transform.includes(transformName) : transform === transformName
}
