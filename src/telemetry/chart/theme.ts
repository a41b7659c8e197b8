import type { Color } from './canvas.ts'

export interface Theme {
  readonly background: Color
  readonly text: Color
  /** What is less important. */
  readonly faint: Color
  readonly grid: Color
  readonly axis: Color
  /** Of gauges and empty places. */
  readonly track: Color
}

export const themes: Readonly<Record<'light' | 'dark', Theme>> = {
  light: {
    background: [255, 255, 255],
    text: [22, 25, 31],
    faint: [84, 91, 100],
    grid: [234, 237, 240],
    axis: [170, 183, 184],
    track: [234, 237, 240],
  },
  dark: {
    background: [30, 38, 51],
    text: [233, 236, 239],
    faint: [163, 173, 184],
    grid: [52, 63, 79],
    axis: [95, 107, 122],
    track: [52, 63, 79],
  },
}
