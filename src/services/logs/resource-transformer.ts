import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { ignoreMissing } from './resource-reads.ts'

interface TransformerProperties {
  LogGroupIdentifier: string
  TransformerConfig: object[]
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-transformer.html */
export const transformer = resource<TransformerProperties>({
  properties: ['LogGroupIdentifier', 'TransformerConfig'],
  create: put,
  update: (_id, props, _previous, rx) => put(props, rx),
  async delete(logGroupIdentifier, _props, rx) {
    await rx.invoke('logs:DeleteTransformer', { logGroupIdentifier }).catch(ignoreMissing)
  },
  async read(id, _props, rx) {
    const found = await rx
      .invoke<{ transformerConfig: object[] }>('logs:GetTransformer', { logGroupIdentifier: id })
      .catch(ignoreMissing)
    return found && { LogGroupIdentifier: id, TransformerConfig: renamed(found.transformerConfig, upper) }
  },
  adopt: (id) => ({ id }),
})

async function put({ LogGroupIdentifier: id, TransformerConfig }: TransformerProperties, rx: ResourceCtx) {
  const transformerConfig = renamed(TransformerConfig, lower)
  await rx.invoke('logs:PutTransformer', { logGroupIdentifier: id, transformerConfig })
  return { id }
}

const lower = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)
const upper = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

/** The same with all of its members' names changed: templates begin them with a capital letter. */
function renamed(value: unknown, change: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => renamed(one, change))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [change(name), renamed(one, change)]))
}
