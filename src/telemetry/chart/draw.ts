import type { Canvas } from './canvas.ts'
import { drawGauges, drawNumbers } from './numbers.ts'
import { toPng } from './png.ts'
import { drawBars, drawPie } from './shares.ts'
import type { Chart } from './spec.ts'
import { drawTimePlot } from './time-plot.ts'

const views: Readonly<Record<Chart['view'], (chart: Chart) => Canvas>> = {
  timeSeries: drawTimePlot,
  bar: drawBars,
  pie: drawPie,
  singleValue: drawNumbers,
  gauge: drawGauges,
}

/** A chart as PNG. */
export function chartPng(chart: Chart): Promise<Uint8Array> {
  return toPng(views[chart.view](chart))
}
