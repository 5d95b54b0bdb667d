/** The same values as in `styles/base.css`: a canvas does not read the style sheet. */
export const COLOURS = {
  axis: '#8b98ab',
  lines: 'rgba(139, 152, 171, 0.13)',
  target: '#6aa6ff',
  band: 'rgba(106, 166, 255, 0.13)',
  bandEdge: 'rgba(106, 166, 255, 0.38)',
  buy: '#2fc48d',
  sell: '#f2606d',
  maker: '#3ed2e6',
  taker: '#ffab4a',
  resting: 'rgba(62, 210, 230, 0.55)',
  restingEmpty: 'rgba(139, 152, 171, 0.45)',
  now: '#e6ebf2',
  arrival: '#b79bff',
  limit: '#f2606d',
  average: '#e6ebf2',
  finisher: 'rgba(255, 171, 74, 0.07)',
  background: '#0f141b',
} as const;

export const FONT = '11px Inter, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans Condensed", sans-serif';
