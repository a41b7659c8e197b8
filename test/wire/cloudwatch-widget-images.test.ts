import { inflateSync } from 'node:zlib'
import {
  CloudWatchClient,
  GetMetricWidgetImageCommand,
  PutInsightRuleCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Canvas } from '../../src/telemetry/chart/canvas.ts'
import { thinned } from '../../src/telemetry/chart/thinning.ts'
import { startNode, type TestNode } from '../harness.ts'
import { signed } from './signed-fetch.ts'

const minuteMs = 60_000
const blue = [0x1f, 0x77, 0xb4]
let node: TestNode
let cloudwatch: CloudWatchClient
let nowMs: number

beforeAll(async () => {
  node = await startNode()
  cloudwatch = node.client(CloudWatchClient)
  nowMs = Math.floor(node.clock.nowMs() / minuteMs) * minuteMs
  const at = (minutes: number) => new Date(nowMs - minutes * minuteMs)
  const MetricData = Array.from({ length: 60 }, (_, index) => [
    { MetricName: 'Load', Timestamp: at(index + 1), Value: 50 },
    { MetricName: 'Peaks', Timestamp: at(index + 1), Value: index % 10 === 0 ? 100 : 0 },
    ...['a', 'b'].map((Value) => ({
      ...{ MetricName: 'Hits', Timestamp: at(index + 1), Value: 3 },
      Dimensions: [{ Name: 'Host', Value }],
    })),
  ]).flat()
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'App', MetricData }))
})
afterAll(() => node?.close())

interface Picture {
  readonly width: number
  readonly height: number
  pixel(x: number, y: number): number[]
  /** How many pixels have a color. */
  count(color: readonly number[]): number
}

/** Reads a PNG as the service writes them: one IDAT, no filters, no alpha. */
function pictureOf(bytes: Uint8Array): Picture {
  const png = Buffer.from(bytes)
  expect(png.subarray(0, 8)).toEqual(Buffer.from('89504e470d0a1a0a', 'hex'))
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const dataAt = png.indexOf('IDAT')
  const rows = inflateSync(png.subarray(dataAt + 4, dataAt + 4 + png.readUInt32BE(dataAt - 4)))
  expect(rows).toHaveLength((width * 3 + 1) * height)
  const pixel = (x: number, y: number) => [...rows.subarray(y * (width * 3 + 1) + 1 + x * 3).subarray(0, 3)]
  const count = (color: readonly number[]) => {
    let found = 0
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) if (pixel(x, y).every((part, index) => part === color[index])) found++
    return found
  }
  return { width, height, pixel, count }
}

async function draw(widget: object): Promise<Picture> {
  const MetricWidget = JSON.stringify({ start: '-PT1H', period: 60, ...widget })
  const { MetricWidgetImage = new Uint8Array() } = await cloudwatch.send(
    new GetMetricWidgetImageCommand({ MetricWidget }),
  )
  return pictureOf(MetricWidgetImage)
}

const metrics = [['App', 'Load']]

test('a line is where its values are, and nothing is where there are none', async () => {
  const plain = { metrics, legend: { position: 'hidden' }, yAxis: { left: { min: 0, max: 100 } } }
  const picture = await draw({ ...plain, width: 300, height: 200 })
  expect([picture.width, picture.height]).toEqual([300, 200])
  // Half of the way up, in the color of the first metric.
  const middle = Array.from({ length: 200 }, (_, y) => picture.pixel(150, y).join())
  const lineAt = middle.indexOf(blue.join())
  expect(lineAt).toBeGreaterThan(80)
  expect(lineAt).toBeLessThan(105)
  const shifted = await draw({ ...plain, width: 300, height: 200, yAxis: { left: { min: 40, max: 60 } } })
  expect(shifted.count(blue)).toBeGreaterThan(150)
  expect((await draw({ ...plain, metrics: [['App', 'Nothing']] })).count(blue)).toBe(0)
  // Out of the axis: nothing of it shows.
  expect((await draw({ ...plain, yAxis: { left: { min: 60, max: 100 } } })).count(blue)).toBe(0)
})

test('metrics take what the one before has; math, colors, labels and queries are drawn', async () => {
  const red = [255, 0, 0]
  const picture = await draw({
    yAxis: { right: { max: 100 } },
    metrics: [
      ['App', 'Hits', 'Host', 'a', { stat: 'Sum', id: 'm1', visible: false }],
      ['...', 'b', { stat: 'Sum', id: 'm2', visible: false }],
      ['.', 'Load', { yAxis: 'right', color: '#0f0' }],
      [{ expression: 'm1 + m2', color: '#ff0000', label: 'all', id: 'e1' }],
    ],
  })
  expect(picture.count(red)).toBeGreaterThan(300)
  expect(picture.count([0, 255, 0])).toBeGreaterThan(300)
  const grouped = await draw({ metrics: [[{ expression: 'SELECT SUM(Hits) FROM SCHEMA(App, Host) GROUP BY Host' }]] })
  expect(grouped.count([0xff, 0x7f, 0x0e])).toBeGreaterThan(50)
})

test('annotations, themes and views look as they are asked to', async () => {
  const orange = [255, 127, 14]
  const lines = await draw({
    ...{ metrics, theme: 'dark', title: 'Load', stacked: true, timezone: '+0130' },
    annotations: {
      horizontal: [{ value: 75, label: 'much', color: '#ff7f0e', fill: 'above' }],
      vertical: [[{ value: new Date(nowMs - 30 * minuteMs).toISOString(), label: 'out' }, { value: '-PT20M' }]],
    },
  })
  expect(lines.pixel(0, 0)).toEqual([30, 38, 51])
  expect(lines.count(orange)).toBeGreaterThan(100)
  const bars = await draw({ metrics, view: 'bar', legend: { position: 'hidden' } })
  expect(bars.count(blue)).toBeGreaterThan(5_000)
  const pie = await draw({
    metrics: [
      ['App', 'Load'],
      ['App', 'Hits', 'Host', 'a'],
    ],
    view: 'pie',
  })
  expect(pie.count(blue)).toBeGreaterThan(10_000)
  const gauge = { metrics, view: 'gauge', setPeriodToTimeRange: true, yAxis: { left: { min: 0, max: 100 } } }
  expect((await draw(gauge)).count(blue)).toBeGreaterThan(3_000)
  // A gauge takes the color of the annotation that its value is in.
  const marked = { ...gauge, annotations: { horizontal: [{ value: 10, fill: 'above', color: '#ff7f0e' }] } }
  expect((await draw(marked)).count(orange)).toBeGreaterThan(3_000)
  const number = await draw({ metrics, view: 'singleValue', sparkline: true, width: 200, height: 160 })
  expect(number.count(blue)).toBeGreaterThan(100)
  // The sum of the whole time, not of its last minute.
  const whole = (setPeriodToTimeRange: boolean) =>
    draw({
      ...{ metrics: [['App', 'Peaks', { stat: 'Sum' }]], view: 'gauge', setPeriodToTimeRange },
      yAxis: { left: { min: 0, max: 600 } },
    })
  expect((await whole(true)).count(blue)).toBeGreaterThan((await whole(false)).count(blue) + 2_000)
})

test('the smallest and the largest picture are drawn, and values that are too large are left out', async () => {
  const endless = [[{ expression: 'm1 * 0 + 10 ^ 400', color: '#ff0000' }], ['App', 'Load', { id: 'm1' }]]
  const picture = await draw({ metrics: endless, legend: { position: 'hidden' } })
  expect(picture.count([255, 0, 0])).toBe(0)
  expect(picture.count([0xff, 0x7f, 0x0e])).toBeGreaterThan(300)
  expect(await draw({ metrics, width: 1, height: 1 })).toMatchObject({ width: 1, height: 1 })
  expect(await draw({ metrics, width: 2000, height: 2000 })).toMatchObject({ width: 2000, height: 2000 })
})

test('letters of Latin-1 have their marks', async () => {
  const title = async (text: string) =>
    (await draw({ metrics, title: text, width: 120, height: 72 })).count([255, 255, 255])
  const plain = await title('Grosse')
  for (const text of ['Grössé', 'Gro\u0308sse', 'Ĝrosse']) expect(await title(text)).toBeLessThan(plain)
  expect(await title('Æ')).not.toBe(await title('漢'))
  // Marks that no font has room for are left out, however many.
  expect(await title(`Grosse${'\u0489'.repeat(5_000)}`)).toBe(plain)
})

test('a line of more points than there are columns is drawn by what it comes to in each', () => {
  const points = Array.from(
    { length: 100_800 },
    (_, index) => [index / 1_000, index === 50_400 ? 99 : index % 7] as const,
  )
  const few = thinned(points)
  expect(few.length).toBeLessThanOrEqual(4 * 101)
  expect(few).toContainEqual([50.4, 99])
  expect([few[0], few.at(-1)]).toEqual([points[0], points.at(-1)])
  // What is covered by halves and quarters is drawn by halves and quarters, whichever way round the outline goes.
  for (const turn of [false, true]) {
    const canvas = new Canvas(4, 2, [0, 0, 0])
    const corners = [[1.5, 0] as const, [3.25, 0] as const, [3.25, 1] as const, [1.5, 1] as const]
    canvas.area(turn ? corners.reverse() : corners, [200, 0, 0])
    expect([0, 1, 2, 3].map((x) => canvas.pixels[x * 3])).toEqual([0, 100, 200, 50])
    expect(canvas.pixels.slice(12)).toEqual(new Uint8Array(12))
  }
  const canvas = new Canvas(4, 2, [0, 0, 0])
  canvas.box({ left: 1.5, top: -5, right: 3.25, bottom: 1.5 }, [200, 0, 0], {
    clip: { left: 0, top: 1, right: 3, bottom: 9 },
  })
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((at) => canvas.pixels[at * 3])).toEqual([0, 0, 0, 0, 0, 50, 100, 0])
})

test('image/png is answered as the picture itself', async () => {
  const asked = new URLSearchParams({
    ...{ Action: 'GetMetricWidgetImage', Version: '2010-08-01', OutputFormat: 'image/png' },
    MetricWidget: JSON.stringify({ metrics }),
  })
  const key = { accessKeyId: 'test', secretAccessKey: 'test' }
  const response = await signed(`${node.endpoint}/?${asked}`, key, {}, 'monitoring')
  expect(response.headers.get('content-type')).toBe('image/png')
  expect(pictureOf(new Uint8Array(await response.arrayBuffer()))).toMatchObject({ width: 600, height: 400 })
})

test('what a widget cannot say is refused by name, and so is who may not ask', async () => {
  const bad: [RegExp, string | object][] = [
    [/is not JSON/, '{'],
    [/must be an object/, '[]'],
    [/\$\.colour is not known/, { metrics, colour: 1 }],
    [/at least one metric/, {}],
    [/at most 100/, { metrics: Array.from({ length: 101 }, () => ['App', 'Load']) }],
    [/metrics\[0\]/, { metrics: [['App']] }],
    [/metrics\[0\]\.color/, { metrics: [['App', 'Load', { color: 'blue' }]] }],
    [/where the metric before has nothing/, { metrics: [['.', 'Load']] }],
    [/width must be/, { metrics, width: 2_001 }],
    [/height must be/, { metrics, height: 0 }],
    [/view must be one of/, { metrics, view: 'table' }],
    [/yAxis\.left must have min and max/, { metrics, view: 'gauge' }],
    [/min below its max/, { metrics, yAxis: { left: { min: 2, max: 1 } } }],
    [/start must be before end/, { metrics, start: '-PT1H', end: '-PT2H' }],
    [/start must be a time/, { metrics, start: 'yesterday' }],
    [/timezone must be/, { metrics, timezone: 'Europe/Vienna' }],
    [/fill must be one of/, { metrics, annotations: { horizontal: [{ value: 1, fill: 'left' }] } }],
    [/value must be a time/, { metrics, annotations: { vertical: [{}] } }],
    [/region must be/, { metrics, region: 'mars-1' }],
    [/more than 100800 datapoints/, { metrics, start: '-P365D', period: 60 }],
    [/longer than/, { metrics, title: 'x'.repeat(102_401) }],
    [/Period must be/, { metrics: [['App', 'Load', { period: 7 }]] }],
    [/There is no metric/, { metrics: [[{ expression: 'm9 * 2' }]] }],
  ]
  for (const [why, widget] of bad) {
    const MetricWidget = typeof widget === 'string' ? widget : JSON.stringify(widget)
    await expect(cloudwatch.send(new GetMetricWidgetImageCommand({ MetricWidget }))).rejects.toThrow(why)
  }
  await expect(
    cloudwatch.send(new GetMetricWidgetImageCommand({ MetricWidget: '{}', OutputFormat: 'gif' })),
  ).rejects.toThrow(/OutputFormat/)

  // A picture shows no more of a rule than its report would.
  const RuleDefinition = JSON.stringify({
    ...{ Schema: { Name: 'CloudWatchLogRule', Version: 1 }, LogGroupNames: ['/x'], LogFormat: 'JSON' },
    ...{ Contribution: { Keys: ['$.k'], Filters: [] }, AggregateOn: 'Count' },
  })
  await cloudwatch.send(new PutInsightRuleCommand({ RuleName: 'rule', RuleDefinition }))
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'looker' }))
  const statement = { Effect: 'Allow', Action: 'cloudwatch:GetMetricWidgetImage', Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await iam.send(new PutUserPolicyCommand({ UserName: 'looker', PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'looker' }))
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const looker = node.client(CloudWatchClient, { credentials })
  const expression = "INSIGHT_RULE_METRIC('rule', 'Sum')"
  await expect(
    looker.send(new GetMetricWidgetImageCommand({ MetricWidget: JSON.stringify({ metrics: [[{ expression }]] }) })),
  ).rejects.toThrow(/cloudwatch:GetInsightRuleReport/)
  await looker.send(new GetMetricWidgetImageCommand({ MetricWidget: JSON.stringify({ metrics }) }))
})
