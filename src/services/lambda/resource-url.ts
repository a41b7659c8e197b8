import { type ResourceReader, resource } from '../../kernel/resource.ts'
import { functionArn, readName } from './names.ts'
import { defined } from './resource-function.ts'
import { ignoreMissing, readUrl } from './resource-reads.ts'

interface UrlProperties {
  TargetFunctionArn: string
  Qualifier?: string
  AuthType: string
  Cors?: object
  InvokeMode?: string
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-url.html */
export const urlResource = resource<UrlProperties>({
  properties: ['TargetFunctionArn', 'Qualifier', 'AuthType', 'Cors', 'InvokeMode'],
  async create({ TargetFunctionArn: FunctionName, ...rest }, rx) {
    return state(await rx.invoke<Made>('lambda:CreateFunctionUrlConfig', defined({ FunctionName, ...rest })))
  },
  async update(_id, { TargetFunctionArn: FunctionName, Qualifier, AuthType, Cors, InvokeMode }, _previous, rx) {
    const asked = { FunctionName, Qualifier, AuthType, Cors: Cors ?? {}, InvokeMode: InvokeMode ?? 'BUFFERED' }
    return state(await rx.invoke<Made>('lambda:UpdateFunctionUrlConfig', defined(asked)))
  },
  async delete(id, _props, rx) {
    await rx.invoke('lambda:DeleteFunctionUrlConfig', { FunctionName: functionOf(id, rx) }).catch(ignoreMissing)
  },
  read: (id, { TargetFunctionArn = id, ...props }, rx) =>
    readUrl(functionOf(id, rx), { TargetFunctionArn, ...props }, rx),
  async adopt(id, rx) {
    const found = await rx
      .invoke<Made>('lambda:GetFunctionUrlConfig', { FunctionName: functionOf(id, rx) })
      .catch(ignoreMissing)
    return found?.FunctionArn === id ? state(found) : undefined
  },
})

function functionOf(id: string, { account, region }: ResourceReader): string {
  return functionArn(readName(id, { account, region }))
}

interface Made {
  readonly FunctionArn: string
  readonly FunctionUrl: string
}

function state({ FunctionArn, FunctionUrl }: Made) {
  return { id: FunctionArn, attributes: { FunctionArn, FunctionUrl } }
}
