/**
 * Where pictures lie: 3 x 3 matrices, row by row, that map places to places. The places in a picture
 * are shares of its width and height: (0, 0) is its top left corner, (1, 1) its bottom right one.
 */

/** @typedef {number[]} Matrix nine numbers */
/** @typedef {[number, number]} Place */

/**
 * First `b`, then `a`.
 * @param {Matrix} a
 * @param {Matrix} b
 * @returns {Matrix}
 */
export function after(a, b) {
  return a.map((_, n) => {
    const [row, column] = [Math.floor(n / 3), n % 3];
    return a[row * 3] * b[column] + a[row * 3 + 1] * b[column + 3] + a[row * 3 + 2] * b[column + 6];
  });
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {Matrix}
 */
export function scaling(x, y) {
  return [x, 0, 0, 0, y, 0, 0, 0, 1];
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {Matrix}
 */
export function shift(x, y) {
  return [1, 0, x, 0, 1, y, 0, 0, 1];
}

/**
 * Puts the corners of a picture at four places, from the top left clockwise, with perspective
 * (Heckbert, Fundamentals of Texture Mapping and Image Warping, 1989, section 2.2.3).
 * @param {Place[]} corners
 * @returns {Matrix}
 */
export function onto([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]) {
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const area = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / area;
  const h = (dx1 * sy - sx * dy1) / area;
  return [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1];
}

/**
 * For CSS.
 * @param {Matrix} m
 * @returns {string}
 */
export function asTransform([a, b, c, d, e, f, g, h, i]) {
  return `matrix3d(${[a, d, 0, g, b, e, 0, h, 0, 0, 1, 0, c, f, 0, i].join()})`;
}
