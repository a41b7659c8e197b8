import { awsError } from '../../../kernel/errors.ts'
import { listing } from '../../../kernel/listing.ts'
import { capitalised } from '../../../kernel/live-properties.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../../kernel/resource.ts'
import { ignoreMissing } from '../resource-reads.ts'

interface DetectorProperties {
  DetectorName?: string
  EvaluationFrequency?: string
  FilterPattern?: string
  AnomalyVisibilityTime?: number
  LogGroupArnList?: string[]
  KmsKeyId?: string
}

/** What UpdateLogAnomalyDetector can't change. */
const fixed = ['DetectorName', 'LogGroupArnList', 'KmsKeyId'] as const
const changing = ['EvaluationFrequency', 'FilterPattern', 'AnomalyVisibilityTime'] as const

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loganomalydetector.html */
export const anomalyDetector = resource<DetectorProperties>({
  properties: [...fixed, ...changing],
  async create(props, rx) {
    const { anomalyDetectorArn } = await rx.invoke<{ anomalyDetectorArn: string }>('logs:CreateLogAnomalyDetector', {
      logGroupArnList: props.LogGroupArnList ?? [],
      ...(props.DetectorName !== undefined && { detectorName: props.DetectorName }),
      ...(props.KmsKeyId !== undefined && { kmsKeyId: props.KmsKeyId }),
      ...settings(props),
    })
    return state(anomalyDetectorArn, rx)
  },
  async update(anomalyDetectorArn, props, previous, rx) {
    const other = fixed.find((name) => JSON.stringify(props[name]) !== JSON.stringify(previous[name]))
    if (other) throw awsError('InvalidParameterException', `${other} of a log anomaly detector cannot be changed.`)
    await rx.invoke('logs:UpdateLogAnomalyDetector', { anomalyDetectorArn, enabled: true, ...settings(props) })
    return state(anomalyDetectorArn, rx)
  },
  async delete(anomalyDetectorArn, _props, rx) {
    await rx.invoke('logs:DeleteLogAnomalyDetector', { anomalyDetectorArn }).catch(ignoreMissing)
  },
  async read(anomalyDetectorArn, _props, rx) {
    const found = await rx.invoke<object>('logs:GetLogAnomalyDetector', { anomalyDetectorArn }).catch(ignoreMissing)
    return found && capitalised(found, [...fixed, ...changing])
  },
  adopt: (anomalyDetectorArn, rx) => state(anomalyDetectorArn, rx).catch(ignoreMissing),
  list: listing('logs:ListLogAnomalyDetectors', {
    items: 'anomalyDetectors',
    id: 'anomalyDetectorArn',
    token: ['nextToken', 'nextToken'],
  }),
})

function settings(props: DetectorProperties) {
  return {
    ...(props.EvaluationFrequency !== undefined && { evaluationFrequency: props.EvaluationFrequency }),
    ...(props.FilterPattern !== undefined && { filterPattern: props.FilterPattern }),
    ...(props.AnomalyVisibilityTime !== undefined && { anomalyVisibilityTime: props.AnomalyVisibilityTime }),
  }
}

async function state(id: string, rx: ResourceReader | ResourceCtx) {
  const found = await rx.invoke<Found>('logs:GetLogAnomalyDetector', { anomalyDetectorArn: id })
  const { anomalyDetectorStatus, creationTimeStamp, lastModifiedTimeStamp } = found
  return {
    id,
    attributes: {
      ...{ AnomalyDetectorArn: id, AnomalyDetectorStatus: anomalyDetectorStatus },
      ...{ CreationTimeStamp: creationTimeStamp, LastModifiedTimeStamp: lastModifiedTimeStamp },
    },
  }
}

interface Found {
  readonly anomalyDetectorStatus: string
  readonly creationTimeStamp: number
  readonly lastModifiedTimeStamp: number
}
