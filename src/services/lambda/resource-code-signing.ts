import { listing } from '../../kernel/listing.ts'
import { resource } from '../../kernel/resource.ts'
import { resourceTags } from '../../kernel/resource-tags.ts'
import { defined, retag } from './resource-function.ts'
import { ignoreMissing, readCodeSigning } from './resource-reads.ts'

interface CodeSigningProperties {
  AllowedPublishers: { SigningProfileVersionArns: string[] }
  CodeSigningPolicies?: { UntrustedArtifactOnDeployment: string }
  Description?: string
  Tags?: { Key: string; Value: string }[]
}

interface Made {
  readonly CodeSigningConfig: { readonly CodeSigningConfigArn: string; readonly CodeSigningConfigId: string }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-codesigningconfig.html */
export const codeSigningResource = resource<CodeSigningProperties>({
  properties: ['AllowedPublishers', 'CodeSigningPolicies', 'Description', 'Tags'],
  async create({ Tags, ...props }, rx) {
    const asked = defined({ ...props, Tags: resourceTags(Tags, rx) })
    return state(await rx.invoke<Made>('lambda:CreateCodeSigningConfig', asked))
  },
  async update(CodeSigningConfigArn, props, previous, rx) {
    const { AllowedPublishers, Description = '' } = props
    const CodeSigningPolicies = props.CodeSigningPolicies ?? { UntrustedArtifactOnDeployment: 'Warn' }
    const asked = { CodeSigningConfigArn, AllowedPublishers, CodeSigningPolicies, Description }
    const made = await rx.invoke<Made>('lambda:UpdateCodeSigningConfig', asked)
    await retag(CodeSigningConfigArn, props, previous, rx)
    return state(made)
  },
  async delete(CodeSigningConfigArn, _props, rx) {
    await rx.invoke('lambda:DeleteCodeSigningConfig', { CodeSigningConfigArn }).catch(ignoreMissing)
  },
  read: (id, _props, rx) => readCodeSigning(id, rx),
  async adopt(CodeSigningConfigArn, rx) {
    const asked = rx.invoke<Made>('lambda:GetCodeSigningConfig', { CodeSigningConfigArn })
    const found = await asked.catch(ignoreMissing)
    return found && state(found)
  },
  list: listing('lambda:ListCodeSigningConfigs', {
    items: 'CodeSigningConfigs',
    id: 'CodeSigningConfigArn',
    token: ['NextMarker', 'Marker'],
  }),
})

function state({ CodeSigningConfig: { CodeSigningConfigArn, CodeSigningConfigId } }: Made) {
  return { id: CodeSigningConfigArn, attributes: { CodeSigningConfigArn, CodeSigningConfigId } }
}
