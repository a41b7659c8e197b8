import type { Ctx } from '../../kernel/context.ts'
import { evaluate } from '../../stacks/intrinsics.ts'
import { templateNames } from '../../stacks/names.ts'
import type { ParameterDeclaration } from '../../stacks/parameters.ts'
import { checkShape, templateLimits } from '../../stacks/parse.ts'
import { transformName } from '../../stacks/sam/output.ts'
import { transformServerless } from '../../stacks/sam/transform.ts'
import { readNaming } from '../../stacks/template.ts'
import { extendLanguage, languageExtensions, refuseExtensions } from '../../stacks/transforms/language-extensions.ts'
import {
  applySnippets,
  declaredTransforms,
  sectionTransforms,
  type Transform,
} from '../../stacks/transforms/snippets.ts'
import { invalid, isList, isMap, Unresolved, type Value, type ValueMap } from '../../stacks/value.ts'
import { include } from './include.ts'
import { callMacro } from './macro.ts'
import type { Stack } from './state.ts'

/** What macros are told of the stack that a template is for. */
export interface Surroundings {
  readonly of: Pick<Stack, 'id' | 'name'>
  readonly declared: Readonly<Record<string, ParameterDeclaration>>
  /** Values of those parameters. */
  readonly parameters: Readonly<Record<string, string>>
}

/** Transforms of AWS that take a whole template; AWS::Include and macros take any part of it. */
const wholeOnly: Readonly<Record<string, (root: ValueMap, around: Surroundings, ctx: Ctx) => ValueMap>> = {
  [languageExtensions]: (root, around, ctx) => extendLanguage(root, (part) => namesOf(part, around, ctx)),
  [transformName]: (root) => transformServerless(root),
}

/** What transforms make of parts, all together: more than a template may be, since one may shorten what another made. */
const mostMadeBytes = 8 * templateLimits.urlBytes

/**
 * A template with its macros applied: those of its parts, what is nested deepest first, then those of its Transform
 * section in their order. Throws ValidationError; a macro's own words are in it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
 */
export async function expand(root: ValueMap, around: Surroundings, ctx: Ctx): Promise<ValueMap> {
  const section = sectionTransforms(root)
  if (!section.some(({ name }) => name === languageExtensions)) refuseExtensions(root)
  let bytesLeft = mostMadeBytes
  const apply = async ({ name, parameters }: Transform, fragment: ValueMap): Promise<Value> => {
    if (Object.hasOwn(wholeOnly, name)) {
      throw invalid(`Template format error: the transform ${name} can only be named in the Transform section.`)
    }
    const given = valuesOf(name, parameters, around, ctx)
    const made =
      name === 'AWS::Include'
        ? await include(given, fragment, ctx)
        : await callMacro(name, given, fragment, around, ctx)
    checkShape({ made })
    bytesLeft -= Buffer.byteLength(JSON.stringify(made))
    if (bytesLeft < 0) throw invalid(`Template error: transforms make more than ${mostMadeBytes} bytes.`)
    return made
  }
  const { Transform: _, ...parts } = root
  let now = await applySnippets(parts, apply)
  for (const transform of section) {
    const whole = Object.hasOwn(wholeOnly, transform.name) ? wholeOnly[transform.name] : undefined
    if (!isMap(now)) break
    now = whole ? whole(now, around, ctx) : await apply(transform, now)
  }
  if (!isMap(now)) throw invalid('Template format error: macros must make an object of the template.')
  checkExpanded(now)
  return now
}

/** What a transform has made has no transforms of its own, and is no longer than a template may be. */
function checkExpanded(root: ValueMap): void {
  const [left] = declaredTransforms(root)
  if (left !== undefined) throw invalid(`Template error: the transform ${left} stands in what another has made.`)
  checkShape(root)
  if (Buffer.byteLength(JSON.stringify(root)) > templateLimits.urlBytes) {
    throw invalid(`Template may not exceed ${templateLimits.urlBytes} bytes in size once its transforms are applied.`)
  }
}

/** A transform's parameters, which may name those of the template. What they have to be is said in AWS's own words. */
function valuesOf(name: string, given: ValueMap, around: Surroundings, ctx: Ctx): ValueMap {
  const names = namesOf({}, around, ctx)
  const plain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)
  return Object.fromEntries(
    Object.entries(given).map(([key, item]) => {
      const value = evaluate(item, names)
      if (!plain(value) && !(isList(value) && value.every(plain))) {
        throw invalid(
          `The value of parameter ${key} under transform ${name} must resolve to a string, number, boolean or a list of any of these.`,
        )
      }
      return [key, value as Value]
    }),
  )
}

/** What names of a template mean before anything is made: parameters and the stack's own; resources wait. */
function namesOf(root: ValueMap, { of, parameters, declared }: Surroundings, ctx: Ctx) {
  const { account, region } = ctx
  const environment = { account, region, stackId: of.id, stackName: of.name, notificationArns: [], parameters }
  const exported = (name: string) => new Unresolved([name])
  const waiting = { ref: (id: string) => new Unresolved([id]), getAtt: (id: string) => new Unresolved([id]) }
  return templateNames({ ...readNaming(root), parameters: declared }, { ...environment, exported }, waiting)
}
