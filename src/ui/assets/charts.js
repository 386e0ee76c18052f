// Owns the charts: columns by day, sparklines, bars. Plain SVG, coloured by classes; every chart has a text alternative.
// Leaves the numbers to insights.js.

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {{name: string, kind: string, values: number[]}} Series one colour of a chart; `kind` is its class */

/**
 * @param {string} tag
 * @param {Record<string, string | number>} props
 * @param {...(Node | string)} children
 */
function s(tag, props, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** The next round number: 1, 2, 5, 10, 20, 50 … @param {number} value */
export function ceiling(value) {
  const step = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((times) => times * step).find((round) => round >= value) || value;
}

/**
 * Stacked columns, one a day.
 * @param {string[]} days texts to display
 * @param {Series[]} series from the bottom up
 * @param {string} label what the chart shows, in words
 */
export function columns(days, series, label) {
  const sums = days.map((_, at) => series.reduce((sum, one) => sum + one.values[at], 0));
  const top = ceiling(Math.max(...sums, 1));
  const width = 1000;
  const height = 160;
  const step = width / Math.max(days.length, 1);
  const svg = s('svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', class: 'columns', role: 'img', 'aria-label': label });
  for (const share of [0.5, 1]) svg.append(s('line', { x1: 0, x2: width, y1: height * (1 - share), y2: height * (1 - share), class: 'grid', 'vector-effect': 'non-scaling-stroke' }));
  days.forEach((day, at) => {
    const words = [day, ...series.map((one) => `${one.name}: ${one.values[at]}`)].join('\n');
    const column = s('g', {}, s('title', {}, words), s('rect', { x: at * step, y: 0, width: step, height, class: 'hover' }));
    let y = height;
    for (const one of series) {
      const tall = (one.values[at] / top) * height;
      y -= tall;
      if (tall > 0) column.append(s('rect', { x: at * step + step * 0.14, y, width: step * 0.72, height: tall, class: one.kind }));
    }
    svg.append(column);
  });
  return { svg, top };
}

/**
 * A line over days, as wide as a word. Decorative: the numbers stand beside it.
 * @param {number[]} values
 */
export function spark(values) {
  const top = Math.max(...values, 1);
  const step = 100 / Math.max(values.length - 1, 1);
  const points = values.map((value, at) => `${(at * step).toFixed(1)},${(26 - (value / top) * 24).toFixed(1)}`);
  return s('svg', { viewBox: '0 0 100 28', preserveAspectRatio: 'none', class: 'spark', 'aria-hidden': 'true' },
    s('polyline', { points: points.join(' '), 'vector-effect': 'non-scaling-stroke' }));
}

/**
 * A bar that fills a share of its line. Decorative: the number stands beside it.
 * @param {number} share 0 to 1
 */
export function bar(share) {
  const width = Math.max(0, Math.min(1, share)) * 100;
  return s('svg', { viewBox: '0 0 100 8', preserveAspectRatio: 'none', class: 'bar', 'aria-hidden': 'true' },
    s('rect', { x: 0, y: 0, width: 100, height: 8, class: 'track' }), s('rect', { x: 0, y: 0, width, height: 8, class: 'fill' }));
}
