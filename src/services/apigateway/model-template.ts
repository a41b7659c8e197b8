import { isPart, list, type Part } from '../../gateway/openapi.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, findApi, found } from './find.ts'
import { model } from './state.ts'

/** Lines of a template, and its text, are bounded: models may refer to themselves, or to others over and over. */
const mostLines = 5_000
const mostCharacters = 1_000_000
const deepest = 20

/** https://docs.aws.amazon.com/apigateway/latest/api/API_GetModelTemplate.html */
export const modelTemplates = operations<Api>()({
  GetModelTemplate: {
    authorize: ({ restApiId, modelName }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}/models/${modelName}/default_template`) },
    ],
    async read(tx, { restApiId, modelName }) {
      await findApi(tx, restApiId)
      const { schema } = await found(tx, model(restApiId, modelName), `Invalid model name specified: ${modelName}`)
      const root = JSON.parse(schema || '{}') as Part
      const writer = { tx, apiId: restApiId, models: new Map(), lines: 0, characters: 0 }
      const text = await sample(writer, { schema: root, root }, '', 0)
      return { value: `#set($inputRoot = $input.path('$'))\n${text}` }
    },
  },
})

interface Writer {
  readonly tx: ReadTx
  readonly apiId: string
  /** Models that were referred to, read once. */
  readonly models: Map<string, Part>
  lines: number
  /** Of the names so far, which are what may be long. */
  characters: number
}

/** A schema and the model it is of, which `#/…` is looked up in. */
interface Within {
  readonly schema: unknown
  readonly root: Part
}

/** A value of a schema as text of a template: examples for what has no parts, a loop for each list. */
async function sample(writer: Writer, given: Within, indent: string, depth: number): Promise<string> {
  if (++writer.lines > mostLines || writer.characters > mostCharacters)
    throw badRequest('The model is too large for a template.')
  if (depth > deepest) return '{ }'
  const { schema, root } = await resolved(writer, given)
  const properties = isPart(schema.properties) ? Object.entries(schema.properties) : []
  const inner = `${indent}  `
  const type = list(schema.type)[0] ?? schema.type
  if (typeof type === 'string' && Object.hasOwn(examples, type)) return examples[type]!
  if (type === 'array') {
    const item = await sample(writer, { schema: schema.items, root }, inner, depth + 1)
    return `[\n##TODO: Update this foreach loop to reference array from input json\n#foreach($elem in $inputRoot)\n${inner}${item}\n#if($foreach.hasNext),#end\n#end\n${indent}]`
  }
  const members: string[] = []
  for (const [name, one] of properties) {
    writer.characters += name.length
    members.push(`${inner}${JSON.stringify(name)} : ${await sample(writer, { schema: one, root }, inner, depth + 1)}`)
  }
  return members.length === 0 ? '{ }' : `{\n${members.join(',\n')}\n${indent}}`
}

const examples: Readonly<Record<string, string>> = {
  string: '"foo"',
  integer: '42',
  number: '3.149',
  boolean: 'true',
  null: 'null',
}

/** Follows references into the model, and to other models by their URLs. */
async function resolved(
  writer: Writer,
  { schema, root }: Within,
  depth = 0,
): Promise<{ readonly schema: Part; readonly root: Part }> {
  if (!isPart(schema) || depth > deepest) return { schema: {}, root }
  if (typeof schema.$ref !== 'string') return { schema, root }
  const [, name] = /\/models\/(\w+)$/.exec(schema.$ref) ?? []
  if (name !== undefined) {
    const next = writer.models.get(name) ?? (await referred(writer, name))
    return resolved(writer, { schema: next, root: next }, depth + 1)
  }
  let at: unknown = root
  for (const step of schema.$ref.replace(/^#\/?/, '').split('/').filter(Boolean))
    at = isPart(at) && Object.hasOwn(at, step) ? at[step] : undefined
  return resolved(writer, { schema: at, root }, depth + 1)
}

async function referred({ tx, apiId, models }: Writer, name: string): Promise<Part> {
  const schema = JSON.parse((await tx.get(model(apiId, name)))?.schema || '{}') as Part
  models.set(name, schema)
  return schema
}
