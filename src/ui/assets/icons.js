// Owns the icons: 24-unit strokes, hidden from screen readers.

const PATHS = {
  search: 'M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14ZM16.2 16.2 20 20',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  close: 'm6 6 12 12M18 6 6 18',
  pin: 'M9 4h6l-1 6 3 3v2H7v-2l3-3-1-6ZM12 15v6',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1',
  up: 'M7 10v10H4V10zM7 11l4-7c1.5 0 2.5 1 2.5 2.5V9H19a1.5 1.5 0 0 1 1.5 1.7l-1.2 7.6A2 2 0 0 1 17.3 20H7',
  down: 'M17 14V4h3v10zM17 13l-4 7c-1.5 0-2.5-1-2.5-2.5V15H5a1.5 1.5 0 0 1-1.5-1.7l1.2-7.6A2 2 0 0 1 6.7 4H17',
  back: 'm11 6-6 6 6 6M5 12h14',
  play: 'M8 5v14l11-7z',
  pause: 'M8 5v14M16 5v14',
  next: 'M6 5v14l9-7zM18 5v14',
  alert: 'M12 4 2.8 20h18.4zM12 10v4.5M12 17.3v.2',
  clock: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16ZM12 8v4.3l3 1.7',
  keyboard: 'M3 7h18v10H3zM7 10.5h.1M11 10.5h.1M15 10.5h.1M8 13.7h8',
  ask: 'M4 5h16v11H11l-5 4v-4H4zM9 10.5h6',
  phone: 'M6 4h3.5l1.5 4.5-2 1.5a11 11 0 0 0 5 5l1.5-2L20 14.5V18a2 2 0 0 1-2 2C10.5 20 4 13.5 4 6a2 2 0 0 1 2-2Z',
  book: 'M5 5a2 2 0 0 1 2-2h12v15H7a2 2 0 0 0-2 2zM5 20a2 2 0 0 0 2 1h12v-3',
  chart: 'M4 20h16M7 16v-5M12 16V6M17 16v-8',
  stop: 'M6 6h12v12H6z',
  out: 'M14 4H5v16h9M10 12h10m-4-4 4 4-4 4',
};

/** @typedef {keyof typeof PATHS} IconName */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {IconName} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

/**
 * Three bars of which one, two or three are filled: a level that can be told without colour.
 * @param {number} filled 1 to 3
 * @returns {SVGElement}
 */
export function bars(filled) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 14 12');
  svg.setAttribute('class', 'bars');
  svg.setAttribute('aria-hidden', 'true');
  for (let bar = 0; bar < 3; bar += 1) {
    const height = 4 + bar * 4;
    const rect = document.createElementNS(SVG, 'rect');
    for (const [name, value] of Object.entries({ x: bar * 5, y: 12 - height, width: 3.5, height, rx: 1 })) {
      rect.setAttribute(name, String(value));
    }
    if (bar < filled) rect.setAttribute('class', 'on');
    svg.append(rect);
  }
  return svg;
}
