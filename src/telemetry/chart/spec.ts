/** A chart to be drawn: plain data, which travels to a thread. Times are epoch ms. */
export interface Chart {
  /** Of the image, in pixels. */
  readonly width: number
  readonly height: number
  readonly theme: 'light' | 'dark'
  readonly title?: string | undefined
  readonly view: 'timeSeries' | 'bar' | 'pie' | 'singleValue' | 'gauge'
  readonly stacked: boolean
  readonly fromMs: number
  readonly toMs: number
  /** What local time is ahead of UTC. */
  readonly offsetMs: number
  readonly legend: 'bottom' | 'right' | 'hidden'
  readonly series: readonly ChartSeries[]
  readonly axes: { readonly left: Axis; readonly right: Axis }
  readonly horizontals: readonly HorizontalMark[]
  readonly verticals: readonly VerticalMark[]
  /** Of single values: the course of the values below them, and all digits of them. */
  readonly sparkline: boolean
  readonly fullPrecision: boolean
}

export type Side = 'left' | 'right'

export interface ChartSeries {
  readonly label: string
  /** `#1f77b4` */
  readonly color: string
  readonly axis: Side
  /** By time; where more than a period lies between two, the line breaks. */
  readonly points: readonly (readonly [atMs: number, value: number])[]
  readonly periodMs: number
}

export interface Axis {
  readonly label?: string | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
}

/** A line at a value, or a band between two. */
export interface HorizontalMark {
  readonly value: number
  readonly to?: number | undefined
  readonly label?: string | undefined
  readonly color: string
  readonly axis: Side
  readonly fill: 'above' | 'below' | 'none'
}

/** A line at a time, or a band between two. */
export interface VerticalMark {
  readonly atMs: number
  readonly toMs?: number | undefined
  readonly label?: string | undefined
  readonly color: string
  readonly fill: 'before' | 'after' | 'none'
}
