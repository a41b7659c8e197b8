import { listing } from '../../kernel/listing.ts'
import { type ResourceReader, resource } from '../../kernel/resource.ts'
import { readLayerVersionArn } from './layer-names.ts'
import { defined } from './resource-function.ts'
import { ignoreMissing, layerStatements, readLayerPermission, readLayerVersion } from './resource-reads.ts'

interface LayerProperties {
  Content: { S3Bucket: string; S3Key: string; S3ObjectVersion?: string; S3ObjectStorageMode?: string }
  LayerName?: string
  Description?: string
  LicenseInfo?: string
  CompatibleRuntimes?: string[]
  CompatibleArchitectures?: string[]
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-layerversion.html */
export const layerVersionResource = resource<LayerProperties>({
  properties: [
    ...(['Content', 'LayerName', 'Description', 'LicenseInfo', 'CompatibleRuntimes'] as const),
    'CompatibleArchitectures',
  ],
  async create(props, rx) {
    const { LayerVersionArn } = await rx.invoke<{ LayerVersionArn: string }>(
      'lambda:PublishLayerVersion',
      defined({ ...props, LayerName: props.LayerName ?? rx.name({ maxLength: 140 }) }),
    )
    return { id: LayerVersionArn, attributes: { LayerVersionArn } }
  },
  async delete(arn, _props, rx) {
    await rx.invoke('lambda:DeleteLayerVersion', versionOf(arn, rx)).catch(ignoreMissing)
  },
  read: (arn, _props, rx) => readLayerVersion(arn, rx),
  adopt: (arn) => ({ id: arn, attributes: { LayerVersionArn: arn } }),
  list: listVersions,
})

interface PermissionProperties {
  Action: string
  LayerVersionArn: string
  Principal: string
  OrganizationId?: string
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-layerversionpermission.html */
export const layerPermissionResource = resource<PermissionProperties>({
  properties: ['Action', 'LayerVersionArn', 'Principal', 'OrganizationId'],
  async create({ LayerVersionArn, Action, Principal, OrganizationId }, rx) {
    const StatementId = rx.name({ maxLength: 100 })
    await rx.invoke(
      'lambda:AddLayerVersionPermission',
      defined({ ...versionOf(LayerVersionArn, rx), StatementId, Action, Principal, OrganizationId }),
    )
    const id = `${LayerVersionArn}#${StatementId}`
    return { id, attributes: { Id: id } }
  },
  async delete(id, { LayerVersionArn }, rx) {
    const StatementId = id.slice(id.indexOf('#') + 1)
    await rx
      .invoke('lambda:RemoveLayerVersionPermission', { ...versionOf(LayerVersionArn, rx), StatementId })
      .catch(ignoreMissing)
  },
  read(id, { LayerVersionArn = id.split('#')[0] ?? '', Principal }, rx) {
    const statement = id.slice(id.indexOf('#') + 1)
    return readLayerPermission(statement, versionOf(LayerVersionArn, rx), { LayerVersionArn, Principal }, rx)
  },
  adopt: (id) => (id.includes('#') ? { id, attributes: { Id: id } } : undefined),
  async *list(rx) {
    for await (const arn of listVersions(rx))
      for (const statement of await layerStatements(versionOf(arn, rx), rx)) yield `${arn}#${statement.Sid}`
  },
})

async function* listVersions(rx: ResourceReader): AsyncIterable<string> {
  const token = ['NextMarker', 'Marker'] as const
  for await (const LayerName of listing('lambda:ListLayers', { items: 'Layers', id: 'LayerName', token })(rx)) {
    const input = () => ({ LayerName })
    yield* listing('lambda:ListLayerVersions', { items: 'LayerVersions', id: 'LayerVersionArn', token, input })(rx)
  }
}

function versionOf(arn: string, { account, region }: { account: string; region: string }) {
  const scope = { account, region }
  const { version } = readLayerVersionArn(arn, { scope }, 'layerVersionArn')
  return { LayerName: arn.slice(0, arn.lastIndexOf(':')), VersionNumber: version }
}
